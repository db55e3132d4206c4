import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import { type Extract, extract } from 'tar-stream'
import { isStaticPath, type StaticCoding } from '../../seats/files/static-files.ts'
import type { ArchiveEntry } from '../bundles/archive.ts'

/** The most that an image may have. JupyterLab and Notebook 7 together have 600 files with 33 MB. */
export const mostStaticFiles = { files: 10_000, bytes: 256 * 2 ** 20, bytesOfFile: 32 * 2 ** 20, others: 100_000 }

/** Thrown where an image has more, or other things, than static files may be. */
export class RefusedFiles extends Error {
  override name = 'RefusedFiles'
}

/** Files of these kinds are compressed already. */
const compressed = /\.(woff2?|png|jpe?g|gif|webp)$/i

/** The gain below which a compressed file is not worth its place. */
const worthwhile = 0.9

/**
 * Yields what the bundle of static files is made of, as it comes out of an image: each file compressed, or as it is. One file
 * at a time is in memory, and other threads compress it. Throws `RefusedFiles` for what no image of Jupyter has: it may be hostile.
 * Files that are no static files are left out.
 */
export async function* staticEntries(
  archive: Readable,
  most: typeof mostStaticFiles = mostStaticFiles,
): AsyncGenerator<ArchiveEntry> {
  const unpacking: Extract = extract()
  archive.on('error', (error) => unpacking.destroy(error))
  archive.pipe(unpacking)
  const names = new Set<string>()
  let [bytes, others] = [0, 0]
  for await (const entry of unpacking) {
    const { name, type, size = 0 } = entry.header
    if (type !== 'file' || !isStaticPath(name)) {
      others += 1
      if (others > most.others)
        throw new RefusedFiles(`the archive has more than ${most.others} other things than static files`)
      entry.resume()
      continue
    }
    bytes += size
    if (names.has(name)) throw new RefusedFiles(`the archive has the name ${name} twice`)
    if (names.size >= most.files) throw new RefusedFiles(`there are more than ${most.files} static files`)
    if (size > most.bytesOfFile) throw new RefusedFiles(`${name} has ${size} bytes, more than ${most.bytesOfFile}`)
    if (bytes > most.bytes) throw new RefusedFiles(`the static files have more than ${most.bytes} bytes`)
    names.add(name)
    const plain = await buffer(entry)
    const small = compressed.test(name) ? [] : await compress(plain)
    if (small.some(({ bytes }) => bytes.length < plain.length * worthwhile))
      for (const { coding, bytes } of small) yield entryOf(`${coding}/${name}`, bytes)
    else yield entryOf(`plain/${name}`, plain)
  }
}

/** The next quality takes five times as long, for a two hundredth less; the best two many times as long, for 7 to 8 % less. */
const brotliQuality = 8

async function compress(plain: Buffer): Promise<{ coding: StaticCoding; bytes: Buffer }[]> {
  const params = { [zlib.BROTLI_PARAM_QUALITY]: brotliQuality, [zlib.BROTLI_PARAM_SIZE_HINT]: plain.length }
  return [
    { coding: 'br', bytes: await promisify(brotliCompress)(plain, { params }) },
    { coding: 'gzip', bytes: await promisify(gzip)(plain, { level: 9 }) },
  ]
}

function entryOf(name: string, content: Buffer): ArchiveEntry {
  return { name, executable: false, bytes: content.length, content: Readable.from([content]) }
}
