import { createHash } from 'node:crypto'
import { type Extract, extract, type Pack, pack } from 'tar-stream'
import type { LaidFile } from '../../courses/files.ts'
import type { Bundle } from '../db/bundles.ts'

/** Returns the bundle of these files. The same files make the same bundle at every hub, in whatever order they come. */
export function bundleOf(files: readonly LaidFile[]): Bundle {
  const hash = createHash('sha256').update('carrel bundle 1\n')
  for (const file of sorted(files)) hash.update(`${JSON.stringify(lineOf(file))}\n`)
  return {
    digest: hash.digest('hex'),
    bytes: files.reduce((sum, file) => sum + ('content' in file ? file.content.length : 0), 0),
    files: files.length,
    hasLinks: files.some((file) => 'link' in file),
  }
}

/** Returns a tar archive of these files, which is the same at every hub too. */
export async function archiveOf(files: readonly LaidFile[]): Promise<Buffer> {
  const packing: Pack = pack()
  for (const file of sorted(files)) {
    const { name } = file
    if ('link' in file) packing.entry({ ...ofNobody, name, type: 'symlink', linkname: file.link, mode: 0o777 })
    else packing.entry({ ...ofNobody, name, mode: file.executable ? 0o755 : 0o644 }, file.content)
  }
  packing.finalize()
  return bytesOf(packing)
}

/** Returns the files in such an archive. Rejects for what is none. */
export async function filesIn(archive: Buffer): Promise<LaidFile[]> {
  const files: LaidFile[] = []
  const unpacking: Extract = extract()
  unpacking.end(archive)
  for await (const entry of unpacking) {
    const { name, type, linkname, mode } = entry.header
    if (type === 'symlink') files.push({ name, link: linkname })
    else if (type === 'file') files.push({ name, executable: (mode & 0o100) !== 0, content: await bytesOf(entry) })
    else throw new Error(`an archive of a bundle holds a ${type}`)
    entry.resume()
  }
  return files
}

/** Readable by all, since the account in a container is the image's. Without a time or an owner of this machine. */
const ofNobody = { uid: 0, gid: 0, mtime: new Date(0) }

function sorted(files: readonly LaidFile[]): LaidFile[] {
  return [...files].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
}

function lineOf(file: LaidFile): string[] {
  if ('link' in file) return ['link', file.name, file.link]
  return [file.executable ? 'program' : 'file', file.name, hashOf(file.content)]
}

/** Courses often have the same files. */
const hashes = new WeakMap<Buffer, string>()

function hashOf(content: Buffer): string {
  const hash = hashes.get(content) ?? createHash('sha256').update(content).digest('hex')
  hashes.set(content, hash)
  return hash
}

/** Returns all bytes of a stream of the library, which names no type for its chunks. */
async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
