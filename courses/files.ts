/**
 * Files that a config lays into servers: for each folder of a server, its files by name. Each folder becomes a bundle, which
 * programs find read-only in the place of whatever the image has there.
 */
import { z } from 'zod'

/** Plain JSON, or the path of a file or folder beside the config file. */
export type FileSource = string | object

/** Folders of a server, with their files by name. */
export type GivenFiles = Record<string, Record<string, FileSource>>

/** What is laid into one folder of servers. */
export interface LaidFolder {
  path: string
  files: LaidFile[]
}

/** A file, or a symbolic link to another one of its folder. */
export type LaidFile = { name: string; executable: boolean; content: Buffer } | { name: string; link: string }

/** The folder in which JupyterLab's settings lie. Jupyter finds it by `JUPYTER_CONFIG_PATH`. */
export const settingsFolder = '/srv/carrel/jupyter'

/** Folders in which a machine keeps what no program may replace. */
const kernelFolders = ['/proc', '/sys', '/dev']

/** Folders of an image as a whole, without which no program starts. What lies in them may be replaced. */
const imageFolders = [
  ...['/bin', '/boot', '/etc', '/home', '/lib', '/lib32', '/lib64', '/opt', '/root', '/run', '/sbin', '/srv', '/tmp'],
  ...['/usr', '/usr/bin', '/usr/lib', '/usr/local', '/usr/sbin', '/usr/share', '/var', '/var/run', '/var/tmp'],
]

/** A folder of a server that a config may fill, in the place of whatever the image has there. */
export const folderPath = z
  .string()
  .refine(
    (path) => path.startsWith('/') && isRelativePath(path.slice(1)) && !path.includes(':') && path.length <= 200,
    'a folder of a server is an absolute path like /srv/course: no .. in it, no : and no slash at the end',
  )
  .refine(
    (path) => !kernelFolders.some((folder) => isWithin(folder, path)),
    'is where a machine has its devices or processes; choose another folder',
  )
  .refine(
    (path) => !imageFolders.includes(path) && !isWithin('/srv/carrel', path),
    'would be in the place of all that the image has there, or of what Carrel lays there; choose a folder of your own, or one in it',
  )

const fileName = z
  .string()
  .refine(
    (name) => isRelativePath(name) && name.length <= 200,
    'a file is named by its path in the folder, like overrides.json or week1/data.csv: no .. in it and no slash at its ends',
  )

const mostLevels = 50

const source = z.custom<FileSource>(
  (value) => (typeof value === 'string' ? isPathBeside(value) : isObject(value) && isJson(value, mostLevels)),
  "is the path of a file or folder beside the config file, like './overrides.json', or JSON in braces or brackets",
)

/** Files by name, by the folder of the server in which they lie. */
export const filesSchema = z.record(folderPath, z.record(fileName, source))

/** The settings of JupyterLab and Notebook 7, in the form of their two files. */
export const jupyterSchema = z.strictObject({
  /** What `overrides.json` holds: settings by plug-in, as `{ '@jupyterlab/mainmenu-extension:plugin': { … } }`. */
  overrides: source.optional(),
  /** What `page_config.json` holds: `{ disabledExtensions: ['@jupyterlab/debugger-extension', …] }`. */
  pageConfig: source.optional(),
})

/** Returns the variables with which Jupyter finds the settings in that folder, before those of other folders. */
export function withSettingsFolder(env: Record<string, string>): Record<string, string> {
  const others = env.JUPYTER_CONFIG_PATH
  return { ...env, JUPYTER_CONFIG_PATH: others ? `${settingsFolder}:${others}` : settingsFolder }
}

/** Returns whether a text in a config means a file or folder beside it. */
export function isPathBeside(text: string): boolean {
  return /^(\.{1,2})?\/./.test(text) && !text.includes('\0')
}

/** Returns whether a path stays in its folder, and is spelled in the one way that it can be. */
export function isRelativePath(path: string): boolean {
  return path.split('/').every(isSoundName) && !/[\\\p{Cc}]/u.test(path) && path.isWellFormed()
}

function isSoundName(name: string): boolean {
  return !['', '.', '..'].includes(name) && Buffer.byteLength(name) <= 255
}

/** Returns whether a path is this folder, or lies in it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isJson(value: unknown, levels: number): boolean {
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((one) => isJson(one, levels - 1))
  if (typeof value === 'number') return Number.isFinite(value)
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
  return isPlain && Object.values(value).every((one) => isJson(one, levels - 1))
}
