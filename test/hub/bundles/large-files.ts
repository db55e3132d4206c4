/** Large files for bundles, made as they are read, so that a test holds none of them. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ArchiveEntry } from '../../../hub/bundles/archive.ts'

const piece = 64 * 1024

/** Returns the bytes of a file, the same ones for the same seed, which nothing can make smaller. */
export async function* bytesOfFile(seed: string, bytes: number): AsyncGenerator<Buffer> {
  let block = createHash('sha512').update(seed).digest()
  for (let at = 0; at < bytes; at += piece) {
    block = createHash('sha512').update(block).digest()
    const content = Buffer.alloc(Math.min(piece, bytes - at), block)
    content.writeDoubleBE(at)
    yield content
  }
}

/** Returns the entries of a bundle with files of this size, `data/0.bin` and so on, and a link. */
export async function* largeEntries(seed: string, files: number, bytes: number): AsyncGenerator<ArchiveEntry> {
  for (let at = 0; at < files; at += 1) {
    const content = Readable.from(bytesOfFile(`${seed} ${at}`, bytes), { objectMode: false })
    yield { name: `data/${at}.bin`, executable: false, bytes, content }
  }
  yield { name: 'latest.bin', link: 'data/0.bin' }
}
