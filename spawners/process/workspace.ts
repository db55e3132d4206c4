/**
 * Makes and removes workspaces: a folder for each server, which outlives its runs and begins as a copy of the course's
 * files. `.given-<server>` beside it is the list of `course-files.ts`.
 */
import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import type { MountedHome } from '../files.ts'
import { SpawnError } from '../spawner.ts'
import { bringFiles, type CourseFiles, looksIn, writeFirstList } from './course-files.ts'
import { draftIn, isFolder, openFolder, removeFrom } from './drafts.ts'
import { homeFiles, isEmpty } from './homes.ts'
import { forgetLaid } from './laid.ts'

export async function openWorkspaces(dataDir: string, warn: (message: string) => void): Promise<void> {
  await openFolder(folderOf(dataDir), warn)
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
  const files = { image, workspace, list: listOf(dataDir, server), draft: () => draftIn(folderOf(dataDir), 'new') }
  if (await isFolder(workspace)) await bringNewFiles(files, warn)
  else await makeWorkspace(files)
  return workspace
}

/**
 * Copies the course's files to a folder that is not there or empty. The copy appears whole or not at all, and not where
 * something came meanwhile.
 */
export async function makeWorkspace(files: CourseFiles): Promise<void> {
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

/** Brings what the course has and the folder lacks. Only warns where that fails. */
export async function bringNewFiles(files: CourseFiles, warn: (message: string) => void): Promise<void> {
  if (files.image === '' || !(await isFolder(files.image))) return
  const problems = await bringFiles(files).catch((error: unknown) => [error])
  const [first] = problems
  if (first === undefined) return
  const { message, cause } = first instanceof Error ? first : new Error(String(first))
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  warn(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}${more}. The notebook starts without it.`)
}

/**
 * Returns the names in a folder of the home or workspace, and of the course's files, which a start brings to it. An empty
 * home gets the workspace's files. Undefined for a folder that cannot be read.
 */
export async function namesAtStart(
  dataDir: string,
  { server, image, home }: { server: string | undefined; image: string; home?: MountedHome | undefined },
  folder: string,
): Promise<string[] | undefined> {
  const isHomeFull = home !== undefined && !(await isEmpty(dataDir, home.id))
  const own = isHomeFull ? homeFiles(dataDir, home.id) : server === undefined ? undefined : workspaceOf(dataDir, server)
  const brought = image === '' || home?.fromImage === false ? [] : [image]
  const roots = [...(own !== undefined && (await isFolder(own)) ? [own] : []), ...brought]
  if (roots.length === 0) return folder === '' ? [] : undefined
  const read = await Promise.allSettled(roots.map((root) => readdir(join(root, folder))))
  const lists = read.flatMap((names) => (names.status === 'fulfilled' ? [names.value] : []))
  return lists.length === 0 ? undefined : [...new Set(lists.flat())]
}

export async function forgetWorkspace(dataDir: string, server: string): Promise<void> {
  const workspace = workspaceOf(dataDir, server)
  await rm(listOf(dataDir, server), { force: true })
  await forgetLaid(dataDir, { server })
  await removeFrom(folderOf(dataDir), basename(workspace))
}

/** Rejects when the folder of a course is not there. */
export async function requireCourse(image: string): Promise<void> {
  if (await isFolder(image)) return
  throw new SpawnError('The files of this course are not there.', {
    detail: `the course's image should be a folder with files to start from, and ${resolve(image)} is none`,
    lasts: true,
  })
}

function folderOf(dataDir: string): string {
  return join(resolve(dataDir), 'workspaces')
}

/** Returns the path of the list of given files. */
export function listOf(dataDir: string, server: string): string {
  return join(folderOf(dataDir), `.given-${server}`)
}
