import { buffer } from 'node:stream/consumers'
import { type Extract, extract } from 'tar-stream'
import type { LaidFile } from '../../../courses/files.ts'

/** Returns the files in the archive of a small bundle. */
export async function filesIn(archive: Buffer): Promise<LaidFile[]> {
  const files: LaidFile[] = []
  const unpacking: Extract = extract()
  unpacking.end(archive)
  for await (const entry of unpacking) {
    const { name, type, linkname, mode = 0 } = entry.header
    if (type === 'symlink') files.push({ name, link: linkname ?? '' })
    else
      files.push({ name, executable: (mode & 0o100) !== 0, content: await buffer(entry as AsyncIterable<Uint8Array>) })
    entry.resume()
  }
  return files
}
