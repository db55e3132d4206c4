/** Reads the files that a config lays into servers, and says which files each course has in which folders. */
import type { Stats } from 'node:fs'
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { z } from 'zod'
import type { Course } from '../courses/course.ts'
import {
  type FileSource,
  isPathBeside,
  isRelativePath,
  isWithin,
  type LaidFile,
  type LaidFolder,
  settingsFolder,
  withSettingsFolder,
} from '../courses/files.ts'
import { codeOf } from '../net/error-code.ts'
import { isRecord } from './sound.ts'

/** The most that one folder may hold. More belongs into the image, or onto a disk that servers mount. */
export const mostBytes = 10 * 2 ** 20
export const mostFiles = 2000
const mostFolders = 20

/** The files and folders beside a config, by the text that names them there. A file is a list of one, without a name. */
export type FilesBeside = ReadonlyMap<string, LaidFile[]>

/** In the place of a course's slug, for what the site alone lays into servers, as into those of courses that people make. */
export const siteSlug = ''

type SiteFiles = Pick<Course, 'files' | 'jupyter'>
type Path = (string | number)[]
type Problem = z.core.$ZodIssueCustom

/**
 * Reads all files and folders that a config names, whatever else is wrong with it. `input` is its default export. Paths
 * are relative to the folder of the config file, not to the one in which Carrel was started.
 */
export async function readFilesBeside(
  input: unknown,
  folder: string,
): Promise<{ beside: FilesBeside; problems: Problem[] }> {
  const beside = new Map<string, LaidFile[]>()
  const failed = new Map<string, string>()
  const problems: Problem[] = []
  for (const [path, text] of pathsNamed(input)) {
    if (!beside.has(text) && !failed.has(text)) {
      await readBeside(resolve(folder, text)).then(
        (files) => beside.set(text, files),
        (error: unknown) => failed.set(text, whyUnread(error)),
      )
    }
    const why = failed.get(text)
    if (why !== undefined) problems.push(problem(path, why))
  }
  return { beside, problems }
}

/** Returns the places of a config that may name files, with the texts there that do. */
function pathsNamed(input: unknown): [Path, string][] {
  const at = (value: unknown, path: Path): [Path, unknown][] =>
    isRecord(value) ? Object.entries(value).map(([key, member]) => [[...path, key], member]) : []
  const within = (value: unknown, path: Path): [Path, unknown][] => {
    const { files, jupyter } = isRecord(value) ? value : {}
    const named = at(files, [...path, 'files']).flatMap(([place, names]) => at(names, place))
    return [...named, ...at(jupyter, [...path, 'jupyter'])]
  }
  const courses = isRecord(input) ? at(input.courses, ['courses']) : []
  return [...within(input, []), ...courses.flatMap(([path, course]) => within(course, path))].flatMap(
    ([path, value]): [Path, string][] => (typeof value === 'string' && isPathBeside(value) ? [[path, value]] : []),
  )
}

/** Thrown for a file that cannot be laid into servers. The message continues the place in the config. */
class Unfit extends Error {}

const tooMuch = `holds more than ${mostFiles} files or ${mostBytes / 2 ** 20} MB: put that much into the image`

async function readBeside(path: string): Promise<LaidFile[]> {
  const found = await stat(path)
  if (found.isDirectory()) return readTree(path)
  return [await readOne(path, '', found)]
}

async function readTree(root: string): Promise<LaidFile[]> {
  const read: LaidFile[] = []
  let bytes = 0
  const enter = async (folder: string): Promise<void> => {
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      const own = relative(root, path)
      if (!isRelativePath(own)) throw new Unfit(`has a file whose name no server may get: ${JSON.stringify(own)}`)
      const found = await lstat(path)
      if (found.isDirectory()) await enter(path)
      else if (found.isSymbolicLink()) read.push({ name: own, link: linkInside(own, await readlink(path)) })
      else {
        bytes += found.size
        if (read.length >= mostFiles || bytes > mostBytes) throw new Unfit(tooMuch)
        read.push(await readOne(path, own, found))
      }
    }
  }
  await enter(root)
  return read
}

async function readOne(path: string, name: string, found: Stats): Promise<LaidFile> {
  if (!found.isFile()) throw new Unfit(`${path} is neither a file nor a folder`)
  if (found.size > mostBytes) throw new Unfit(tooMuch)
  return { name, executable: (found.mode & 0o100) !== 0, content: await readFile(path) }
}

/**
 * Returns the target of a link that stays in its tree, whatever other links of the tree lead to: a relative one, which
 * goes up only at its beginning and no higher than the tree.
 */
function linkInside(name: string, target: string): string {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const down = parts.findIndex((part) => part !== '..')
  const [up, rest] = down < 0 ? [parts.length, []] : [down, parts.slice(down)]
  const isInside = up < name.split('/').length && !rest.includes('..')
  if (isInside && !target.startsWith('/') && !/\p{Cc}/u.test(target) && target.isWellFormed()) return target
  throw new Unfit(`has a link that leads out of it: ${name} -> ${target}`)
}

function whyUnread(error: unknown): string {
  if (error instanceof Unfit) return error.message
  if (codeOf(error) === 'ENOENT') return 'there is no such file or folder beside the config file'
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
}

/** Returns the courses with the site's files and settings below their own. */
export function withFiles(courses: Record<string, Course>, site: SiteFiles): Record<string, Course> {
  return Object.fromEntries(
    Object.entries(courses).map(([slug, course]) => {
      const folders = new Set([...Object.keys(site.files), ...Object.keys(course.files)])
      const files = [...folders].map((folder) => [folder, { ...site.files[folder], ...course.files[folder] }])
      const jupyter = { ...site.jupyter, ...course.jupyter }
      const isLaid = Object.values(jupyter).some((source) => source !== undefined)
      const env = isLaid ? withSettingsFolder(course.env) : course.env
      return [slug, { ...course, files: Object.fromEntries(files), jupyter, env }]
    }),
  )
}

/** Returns the folders of each course by its slug, and what is wrong with them. Variants have those of their course. */
export function layOut(
  { courses, ...site }: SiteFiles & { courses: Record<string, Course> },
  beside: FilesBeside,
): { laid: Record<string, LaidFolder[]>; problems: Problem[] } {
  const laid: Record<string, LaidFolder[]> = {}
  const problems: Problem[] = []
  for (const course of Object.values(courses)) {
    const ofCourse = course.variantOf === undefined ? undefined : laid[course.variantOf]
    if (ofCourse !== undefined) {
      laid[course.slug] = ofCourse
      continue
    }
    const report = (path: Path, message: string) => {
      problems.push(problem(isOf(site, course, path) ? path : ['courses', course.name, ...path], message))
    }
    const all = foldersOf(course, beside, report)
    for (const [path, message] of problemsOf(all)) report(['files', path], message)
    if (all.length > mostFolders) report(['files'], `names ${all.length} folders, and ${mostFolders} is the most`)
    for (const path of all.map((folder) => folder.path)) {
      const { home } = course
      const meets = home !== undefined && (isWithin(home.path, path) || isWithin(path, home.path))
      if (meets) report(['files', path], `meets the home of the course, ${home.path}: neither may lie in the other`)
    }
    laid[course.slug] = all.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  laid[siteSlug] = foldersOf(site, beside, () => undefined).sort((a, b) => (a.path < b.path ? -1 : 1))
  return { laid, problems }
}

function foldersOf(
  { files, jupyter }: SiteFiles,
  beside: FilesBeside,
  report: (path: Path, message: string) => void,
): LaidFolder[] {
  const folders = Object.entries(files).map(([path, names]) => ({
    path,
    files: filesOf(names, beside, (name, message) => report(['files', path, name], message)),
  }))
  const settings = settingsOf(jupyter, beside, (name, message) => report(['jupyter', name], message))
  return settings.length === 0 ? folders : [...folders, { path: settingsFolder, files: settings }]
}

/** Returns whether what a course has at this place is the site's. */
function isOf(site: SiteFiles, course: Course, path: Path): boolean {
  const at = (from: object) =>
    path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), from) ?? undefined
  const [ours, its] = [at(site), at(course)]
  if (ours === its || !isRecord(ours) || !isRecord(its)) return ours === its
  return Object.keys(its).every((name) => its[name] === ours[name])
}

type Report = (name: string, message: string) => void

function filesOf(names: Record<string, FileSource>, beside: FilesBeside, report: Report): LaidFile[] {
  return Object.entries(names).flatMap(([name, source]): LaidFile[] => {
    const files = typeof source === 'string' ? beside.get(source) : [textFile('', source)]
    if (files === undefined) report(name, 'was not read: only a config file has files beside it')
    return (files ?? []).map((file) => ({ ...file, name: file.name === '' ? name : `${name}/${file.name}` }))
  })
}

function textFile(name: string, value: unknown): LaidFile {
  return { name, executable: false, content: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) }
}

/** The lists of `page_config.json`, which Jupyter takes from a folder of settings only in another form. */
const lists = ['disabledExtensions', 'deferredExtensions', 'lockedExtensions']

/** Returns the two files of JupyterLab's settings under the names that they have in a folder of `JUPYTER_CONFIG_PATH`. */
function settingsOf({ overrides, pageConfig }: Course['jupyter'], beside: FilesBeside, report: Report): LaidFile[] {
  const read = (name: string, source: FileSource | undefined): Record<string, unknown> | undefined => {
    if (typeof source !== 'string') return source as Record<string, unknown> | undefined
    const value = jsonOf(beside.get(source)?.[0])
    if (isRecord(value) && !Array.isArray(value)) return value
    report(name, 'is no file with JSON in braces')
    return undefined
  }
  const [settings, page] = [read('overrides', overrides), read('pageConfig', pageConfig)]
  const byName = ([key, value]: [string, unknown]): [string, unknown] =>
    lists.includes(key) && Array.isArray(value)
      ? [key, Object.fromEntries(value.map((name) => [String(name), true]))]
      : [key, value]
  return [
    ...(settings === undefined ? [] : [textFile('labconfig/default_setting_overrides.json', settings)]),
    ...(page === undefined
      ? []
      : [textFile('labconfig/page_config.json', Object.fromEntries(Object.entries(page).map(byName)))]),
  ]
}

function jsonOf(file: LaidFile | undefined): unknown {
  try {
    return file?.name === '' && 'content' in file ? JSON.parse(file.content.toString()) : undefined
  } catch {
    return undefined
  }
}

function problemsOf(folders: LaidFolder[]): [folder: string, message: string][] {
  return folders.flatMap(({ path, files }): [string, string][] => {
    const names = new Set(files.map(({ name }) => name))
    const bytes = files.reduce((sum, file) => sum + ('content' in file ? file.content.length : 0), 0)
    const around = folders.find((other) => other.path !== path && isWithin(other.path, path))
    const inFile = files.find(({ name }) => parentsOf(name).some((parent) => names.has(parent)))
    return [
      ...(names.size === files.length ? [] : ['has a file twice, by its name and in a folder']),
      ...(inFile === undefined ? [] : [`${inFile.name} lies in something that is a file`]),
      ...(files.length > mostFiles || bytes > mostBytes ? [tooMuch] : []),
      ...(around === undefined ? [] : [`lies in ${around.path}, which has files too: a folder holds just its own`]),
    ].map((message) => [path, message])
  })
}

/** Returns the folders in which a file lies. */
function parentsOf(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function problem(path: Path, message: string): Problem {
  return { code: 'custom', path, message, input: undefined }
}
