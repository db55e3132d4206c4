/**
 * Makes and removes workspaces: a folder for each server, which outlives its runs and begins as a copy of the course's
 * files.
 */
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { removeLeftover, removeTree } from '../../net/machine/remove-tree.ts'
import { SpawnError } from '../spawner.ts'

export async function openWorkspaces(dataDir: string, warn: (message: string) => void): Promise<void> {
  await mkdir(folderOf(dataDir), { recursive: true, mode: 0o700 })
  await chmod(folderOf(dataDir), 0o700)
  for (const name of await readdir(folderOf(dataDir))) {
    const draft = join(folderOf(dataDir), name)
    if (name.startsWith('.') && (await isOld(draft))) await removeLeftover(draft, warn)
  }
}

export function workspaceOf(dataDir: string, server: string): string {
  if (!/^[a-z0-9]+$/.test(server)) throw new Error(`${JSON.stringify(server)} is not the id of a server`)
  return join(folderOf(dataDir), server)
}

/**
 * Returns the server's workspace. On the first start, copies `image` if it names a folder; the copy appears whole or
 * not at all.
 */
export async function prepareWorkspace(dataDir: string, server: string, image: string): Promise<string> {
  const workspace = workspaceOf(dataDir, server)
  if (await isFolder(workspace)) return workspace
  const draft = hidden(dataDir, 'new')
  try {
    if (image === '') await mkdir(draft, { mode: 0o700 })
    else await copyFiles(image, draft)
    // A copy has the mode of the course's folder, which may be open to others.
    await chmod(draft, 0o700)
    await rename(draft, workspace).catch(undefinedIf('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return workspace
}

export async function forgetWorkspace(dataDir: string, server: string): Promise<void> {
  const trash = hidden(dataDir, 'gone')
  await rename(workspaceOf(dataDir, server), trash).catch(undefinedIf('ENOENT'))
  await removeTree(trash)
}

async function copyFiles(image: string, draft: string): Promise<void> {
  if (!(await isFolder(image))) {
    throw new SpawnError('The files of this course are not there.', {
      detail: `the course's image should be a folder with files to start from, and ${resolve(image)} is none`,
    })
  }
  await cp(image, draft, { recursive: true, verbatimSymlinks: true })
}

function folderOf(dataDir: string): string {
  return join(resolve(dataDir), 'workspaces')
}

function hidden(dataDir: string, kind: string): string {
  return join(folderOf(dataDir), `.${kind}-${randomBytes(8).toString('hex')}`)
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > 3_600_000
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
