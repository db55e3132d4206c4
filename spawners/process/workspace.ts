/**
 * Makes and removes workspaces: a folder for each server, which outlives its runs and begins as a copy of the course's
 * files. `.given-<server>` beside it is the list of `course-files.ts`.
 */
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'
import { removeLeftover, removeTree } from '../../net/machine/remove-tree.ts'
import { SpawnError } from '../spawner.ts'
import { bringFiles, type CourseFiles, looksIn, writeFirstList } from './course-files.ts'

export async function openWorkspaces(dataDir: string, warn: (message: string) => void): Promise<void> {
  await makeFolder(folderOf(dataDir))
  await chmod(folderOf(dataDir), 0o700)
  for (const name of await readdir(folderOf(dataDir))) {
    const draft = join(folderOf(dataDir), name)
    if (/^\.(new|gone)-/.test(name) && (await isOld(draft))) await removeLeftover(draft, warn)
  }
}

export function workspaceOf(dataDir: string, server: string): string {
  if (!/^[a-z0-9]+$/.test(server)) throw new Error(`${JSON.stringify(server)} is not the id of a server`)
  return join(folderOf(dataDir), server)
}

/**
 * Returns the server's workspace, with the files of `image` if it names a folder. On the first start they are copied; the
 * copy appears whole or not at all. Later starts bring what is new, and only warn where that fails: learners go on with
 * what they have.
 */
export async function prepareWorkspace(
  dataDir: string,
  { server, image }: { server: string; image: string },
  warn: (message: string) => void,
): Promise<string> {
  const workspace = workspaceOf(dataDir, server)
  const files = { image, workspace, list: listOf(dataDir, server), draft: () => hidden(dataDir, 'new') }
  if (await isFolder(workspace)) await bringNewFiles(files, warn)
  else await makeWorkspace(files)
  return workspace
}

async function makeWorkspace(files: CourseFiles): Promise<void> {
  const { image, workspace } = files
  if (image !== '') await requireCourse(image)
  const draft = files.draft()
  try {
    const course = image === '' ? new Map() : await looksIn(image)
    if (image === '') await mkdir(draft)
    else await cp(image, draft, { recursive: true, verbatimSymlinks: true })
    // A copy has the mode of the course's folder, which may be open to others.
    await chmod(draft, 0o700)
    if (image !== '') await writeFirstList(course, await looksIn(draft), files)
    await rename(draft, workspace).catch(async (error: unknown) => {
      undefinedIf('ENOTEMPTY', 'EEXIST')(error)
      // Another start was faster, and the list is about its copy no more. Without one the files are compared.
      await rm(files.list, { force: true })
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function bringNewFiles(files: CourseFiles, warn: (message: string) => void): Promise<void> {
  if (files.image === '' || !(await isFolder(files.image))) return
  const problems = await bringFiles(files).catch((error: unknown) => [error])
  const [first] = problems
  if (first === undefined) return
  const { message, cause } = first instanceof Error ? first : new Error(String(first))
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  warn(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}${more}. The notebook starts without it.`)
}

/**
 * Returns the names in a folder of the workspace and of the course's files, which a start brings to it. Undefined for a
 * folder that cannot be read.
 */
export async function namesAtStart(
  dataDir: string,
  { server, image }: { server: string | undefined; image: string },
  folder: string,
): Promise<string[] | undefined> {
  const workspace = server === undefined ? undefined : workspaceOf(dataDir, server)
  const isMade = workspace !== undefined && (await isFolder(workspace))
  if (!isMade && image === '') return folder === '' ? [] : undefined
  const roots = [...(isMade ? [workspace] : []), ...(image === '' ? [] : [image])]
  const read = await Promise.allSettled(roots.map((root) => readdir(join(root, folder))))
  const lists = read.flatMap((names) => (names.status === 'fulfilled' ? [names.value] : []))
  return lists.length === 0 ? undefined : [...new Set(lists.flat())]
}

export async function forgetWorkspace(dataDir: string, server: string): Promise<void> {
  const trash = hidden(dataDir, 'gone')
  await rename(workspaceOf(dataDir, server), trash).catch(undefinedIf('ENOENT'))
  await rm(listOf(dataDir, server), { force: true })
  await removeTree(trash)
}

async function requireCourse(image: string): Promise<void> {
  if (await isFolder(image)) return
  throw new SpawnError('The files of this course are not there.', {
    detail: `the course's image should be a folder with files to start from, and ${resolve(image)} is none`,
    lasts: true,
  })
}

function folderOf(dataDir: string): string {
  return join(resolve(dataDir), 'workspaces')
}

function listOf(dataDir: string, server: string): string {
  return join(folderOf(dataDir), `.given-${server}`)
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
