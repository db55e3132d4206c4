/** Contents of files of Git LFS on this machine: a file each in the folder of the commit, named by its SHA-256. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, link, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, undefinedIf } from '../../net/error-code.ts'
import { damaged } from '../blobs.ts'
import { GitError } from '../git.ts'

/** Returns the folder of the contents in a commit's repository. */
export function lfsFolder(repository: string): string {
  return join(repository, 'carrel', 'lfs')
}

/** Returns the sizes of all contents that are here, by their hashes. */
export async function lfsObjectsIn(repository: string): Promise<ReadonlyMap<string, number>> {
  const folder = lfsFolder(repository)
  const names = (await readdir(folder).catch(undefinedIf('ENOENT'))) ?? []
  return new Map(await Promise.all(names.map(async (oid) => [oid, (await stat(join(folder, oid))).size] as const)))
}

/** Returns a content; undefined for one that is not here. Rejects above `maxBytes`, and when it is damaged. */
export async function readLfsObject(repository: string, oid: string, maxBytes: number): Promise<Buffer | undefined> {
  const path = join(lfsFolder(repository), oid)
  const found = await stat(path).catch(undefinedIf('ENOENT'))
  if (found === undefined) return undefined
  if (found.size > maxBytes) throw new GitError(`The file has ${found.size} bytes, and at most ${maxBytes} are read.`)
  const content = await readFile(path)
  assertWhole(createHash('sha256').update(content), oid)
  return content
}

/** Yields a content. Rejects at its end when it is damaged. */
export async function* streamLfsObject(repository: string, oid: string): AsyncGenerator<Buffer, void, void> {
  const sum = createHash('sha256')
  for await (const piece of createReadStream(join(lfsFolder(repository), oid)) as AsyncIterable<Buffer>) {
    sum.update(piece)
    yield piece
  }
  assertWhole(sum, oid)
}

function assertWhole(sum: Hash, oid: string): void {
  if (sum.digest('hex') !== oid) throw damaged(`${oid} of Git LFS`)
}

/** Takes a content over from an earlier commit. Returns false where it is not there, or of another size. */
export async function takeLfsObject(
  from: string,
  to: string,
  { oid, bytes }: { oid: string; bytes: number },
): Promise<boolean> {
  const [source, target] = [join(lfsFolder(from), oid), join(lfsFolder(to), oid)]
  try {
    if ((await stat(source)).size !== bytes) return false
    // Not every file system has hard links.
    await link(source, target).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') throw error
      return copyFile(source, target)
    })
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
