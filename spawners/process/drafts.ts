/** Folders and files that are being made or removed. Their names begin with a dot, so they are no thing of that folder yet. */
import { randomBytes } from 'node:crypto'
import { chmod, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'
import { removeLeftover, removeTree } from '../../net/machine/remove-tree.ts'

/** Makes a folder for this account alone, and removes what was left in it an hour ago by a hub that was killed. */
export async function openFolder(folder: string, warn: (message: string) => void): Promise<void> {
  await makeFolder(folder)
  await chmod(folder, 0o700)
  for (const name of await readdir(folder)) {
    const draft = join(folder, name)
    if (/^\.(new|gone)-/.test(name) && (await isOld(draft))) await removeLeftover(draft, warn)
  }
}

/** Returns a path of its own in a folder for what is being made (`new`) or removed (`gone`). */
export function draftIn(folder: string, kind: 'new' | 'gone'): string {
  return join(folder, `.${kind}-${randomBytes(8).toString('hex')}`)
}

/** Removes something in a folder, whose name is free at once. Succeeds when nothing is there. */
export async function removeFrom(folder: string, name: string): Promise<void> {
  const trash = draftIn(folder, 'gone')
  await rename(join(folder, name), trash).catch(undefinedIf('ENOENT'))
  await removeTree(trash)
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > 3_600_000
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
