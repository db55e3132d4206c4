/**
 * Brings the files of a course to a workspace that exists. A file that is not there is copied, also when the learner has
 * removed it: the next start gets it back. A file that is as the course gave it follows the course. A file that the learner
 * has changed is never touched, and what the course has no more stays.
 *
 * A list beside the workspace remembers what the course gave. A `kill -9` at any point leaves each file whole, as it was or
 * as it is to be, and the next start brings the rest.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { undefinedIf } from '../../net/error-code.ts'
import { inParallel } from '../../net/in-parallel.ts'

export interface CourseFiles {
  /** The folder of the course. */
  image: string
  workspace: string
  /** The path of the list. */
  list: string
  /** Returns the path of a new draft, on the workspace's disk. */
  draft(): string
}

/** How the course's file looked when it was given, and the learner's right after that. */
interface Given {
  course: string
  own: string
}

/** Brings the files. Returns an error for each one that could not be brought, and goes on with the others. */
export async function bringFiles(files: CourseFiles): Promise<Error[]> {
  const given = await readList(files.list)
  const before = JSON.stringify([...given])
  const problems: Error[] = []
  await inParallel(8, await pathsIn(files.image), async (path) => {
    try {
      const now = await bring(path, given.get(path), files)
      if (now !== undefined) given.set(path, now)
    } catch (cause) {
      problems.push(new Error(`${path} of the course could not be brought to ${files.workspace}`, { cause }))
    }
  })
  if (JSON.stringify([...given]) !== before) await writeList(files, given)
  return problems
}

/** Returns how each file in a folder looks, by its path. */
export async function looksIn(folder: string): Promise<Map<string, string>> {
  const looks = new Map<string, string>()
  await inParallel(8, await pathsIn(folder), async (path) => {
    looks.set(path, (await looksOf(join(folder, path))) ?? elsewhere)
  })
  return looks
}

/** Writes the list for a copy of the course: how the course's files looked before the copying, and the copies after it. */
export async function writeFirstList(
  course: Map<string, string>,
  copied: Map<string, string>,
  files: Pick<CourseFiles, 'list' | 'draft'>,
): Promise<void> {
  const given = [...course].flatMap(([path, looks]): [string, Given][] => {
    const own = copied.get(path)
    return own === undefined ? [] : [[path, { course: looks, own }]]
  })
  await writeList(files, new Map(given))
}

/** Returns the paths of all files and links in a folder. Git's own folders change as a whole or not at all. */
async function pathsIn(root: string, folder = ''): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const below = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === '.git' ? [] : pathsIn(root, path)
    return entry.isFile() || entry.isSymbolicLink() ? [path] : []
  })
  return (await Promise.all(below)).flat()
}

/** Brings one file where it is needed. Returns what the list says of it from now on; undefined for a file of the learner's. */
async function bring(
  path: string,
  given: Given | undefined,
  { image, workspace, draft }: CourseFiles,
): Promise<Given | undefined> {
  const [from, to] = [join(image, path), join(workspace, path)]
  const [course, own] = await Promise.all([looksOf(from), looksOf(to)])
  if (course === undefined || own === elsewhere) return given
  if (own !== undefined) {
    if (given === undefined) return (await areAlike(from, to)) ? { course, own } : undefined
    if (given.course === course || given.own !== own) return given
  }
  if (!(await makeFolders(workspace, dirname(path)))) return given
  const copy = draft()
  try {
    await copyOne(from, copy)
    const looks = (await looksOf(copy)) ?? ''
    if (own === undefined) return (await putWhereNothingIs(copy, to)) ? { course, own: looks } : given
    // Looks once more: a file that has changed meanwhile is the learner's.
    if ((await looksOf(to)) !== own) return given
    await rename(copy, to)
    return { course, own: looks }
  } finally {
    await rm(copy, { force: true })
  }
}

const elsewhere = 'elsewhere'

/**
 * Returns a text that changes when the file changes; undefined where nothing is. Something that is neither file nor link,
 * or lies below what is no folder, is `elsewhere`.
 */
async function looksOf(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path)
    if (found.isSymbolicLink()) return `-> ${await readlink(path)}`
    return found.isFile() ? `${found.size} ${found.mtimeMs}` : elsewhere
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return elsewhere
    return undefinedIf('ENOENT')(error)
  }
}

/** Returns whether two files, or two links, have the same content. */
async function areAlike(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one), lstat(other)])
  if (a.isSymbolicLink() && b.isSymbolicLink()) return (await readlink(one)) === (await readlink(other))
  if (!a.isFile() || !b.isFile() || a.size !== b.size) return false
  return (await digestOf(one)) === (await digestOf(other))
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Makes the folders of a path. Returns false where the learner has put something else, such as a link to another place. */
async function makeFolders(workspace: string, folder: string): Promise<boolean> {
  if (folder === '.') return true
  if (!(await makeFolders(workspace, dirname(folder)))) return false
  const path = join(workspace, folder)
  await mkdir(path).catch(undefinedIf('EEXIST'))
  return (await lstat(path)).isDirectory()
}

async function copyOne(from: string, to: string): Promise<void> {
  if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from), to)
  else await copyFile(from, to)
}

/** Puts a draft at its place as a whole, and replaces nothing. Returns false where something is. */
async function putWhereNothingIs(copy: string, to: string): Promise<boolean> {
  const isLink = (await lstat(copy)).isSymbolicLink()
  const put = isLink ? symlink(await readlink(copy), to) : link(copy, to)
  return put.then(
    () => true,
    (error: unknown) => undefinedIf('EEXIST')(error) ?? false,
  )
}

const listSchema = z.array(z.tuple([z.string(), z.strictObject({ course: z.string(), own: z.string() })]))

/** Returns what the list says; nothing for a list that is missing or damaged, for which the files are compared. */
async function readList(list: string): Promise<Map<string, Given>> {
  const text = await readFile(list, 'utf8').catch(undefinedIf('ENOENT'))
  return new Map(listSchema.catch([]).parse(text === undefined ? [] : jsonOf(text)))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function writeList(
  { list, draft }: Pick<CourseFiles, 'list' | 'draft'>,
  given: Map<string, Given>,
): Promise<void> {
  const path = draft()
  await writeFile(path, JSON.stringify([...given]), { mode: 0o600 })
  await rename(path, list)
}
