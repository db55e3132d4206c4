import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Extract, extract } from 'tar-stream'
import { isFile } from '../../courses/start.ts'

/** The most that is read of an image. What the program of the errand leaves out, a hostile one may send. */
export const mostInImage = { files: 200, bytes: 64 * 2 ** 20, bytesOfFile: 4 * 2 ** 20, others: 1000, path: 400 }

/** Thrown where an archive has more than that, or is none. */
export class RefusedNotebooks extends Error {
  override name = 'RefusedNotebooks'
}

/** Yields the notebooks of an archive that comes out of an image, one at a time. Links, folders and files of other names are left out. */
export async function* notebookEntries(
  archive: Readable,
  most: typeof mostInImage = mostInImage,
): AsyncGenerator<{ path: string; bytes: Buffer }> {
  const unpacking: Extract = extract()
  archive.on('error', (error) => unpacking.destroy(error))
  archive.pipe(unpacking)
  const paths = new Set<string>()
  let [bytes, others] = [0, 0]
  for await (const entry of unpacking) {
    const { name, type, size = 0 } = entry.header
    if (type !== 'file' || !isNotebook(name, most.path)) {
      others += 1
      if (others > most.others) throw new RefusedNotebooks(`the archive has more than ${most.others} other things`)
      entry.resume()
      continue
    }
    bytes += size
    if (paths.has(name)) throw new RefusedNotebooks('the archive has a name twice')
    if (paths.size >= most.files) throw new RefusedNotebooks(`there are more than ${most.files} notebooks`)
    if (size > most.bytesOfFile) throw new RefusedNotebooks(`a notebook has more than ${most.bytesOfFile} bytes`)
    if (bytes > most.bytes) throw new RefusedNotebooks(`the notebooks have more than ${most.bytes} bytes`)
    paths.add(name)
    yield { path: name, bytes: await buffer(entry) }
  }
}

function isNotebook(name: string, longest: number): boolean {
  return (
    name.length <= longest &&
    name.isWellFormed() &&
    isFile(name) &&
    !`/${name}`.includes('/.') &&
    /\.(ipynb|md|py)$/.test(name)
  )
}
