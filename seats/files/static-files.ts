/**
 * The static files of programs, such as JupyterLab's scripts: what hub and proxy agree on. They are the same for all servers of
 * one image, so browsers get them from one address for all of these (docs/decisions/0075-static-files-of-programs.md).
 *
 * They lie in a bundle: a file compressed in two ways as `br/PATH` and `gzip/PATH`, or `plain/PATH` where that is not worth it.
 * PATH is also that of the file below a server's own path.
 */
import { serverOrigin } from '../host.ts'

/** The address of static files, at servers' hosts and at hosts of their own. Their digest and the file's path come next. */
export const staticFilesPrefix = '/_carrel/static/'

/** The name in the place of a file's path at which proxies tell which files a program asks for when it opens. No file has it. */
export const firstFilesName = 'first.json'

/** How a file may be compressed, by the folder in which it lies then. The first one that a client takes counts. */
export const staticCodings = ['br', 'gzip'] as const

export type StaticCoding = (typeof staticCodings)[number]

/** The kinds of files, by the ends of their names. None of them is a document, and a file of another kind is never among them. */
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  otf: 'font/otf',
  eot: 'application/vnd.ms-fontobject',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  ico: 'image/x-icon',
}

/** The ends of names of static files. */
export const staticEnds: readonly string[] = Object.keys(types)

/** Returns the media type of a static file; undefined for a file that is none. */
export function staticType(path: string): string | undefined {
  const end = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return Object.hasOwn(types, end) ? types[end] : undefined
}

/** Where programs have static files, below a server's path: those of JupyterLab and Notebook 7, of extensions, and of themes. */
export const staticFolders = ['static/lab/', 'static/notebook/', 'lab/extensions/', 'lab/api/themes/'] as const

/** Returns whether the name of a file names its content by a hash, so that another content has another name. */
export function namesContent(path: string): boolean {
  return /[/.-][0-9a-f]{16,64}\.\w+$/.test(path)
}

/**
 * Returns whether a path below a server's may be that of a static file: in one of these folders, of a known kind, and spelled in
 * such a way that it is the same in an address, in an archive and on a disk. A learner may put a newer extension over that of the
 * image, so a file counts only where its name names its content. Themes of JupyterLab's own count too.
 */
export function isStaticPath(path: string): boolean {
  if (path.length > 500 || staticType(path) === undefined) return false
  if (!staticFolders.some((folder) => path.startsWith(folder))) return false
  if (!namesContent(path) && !path.startsWith('lab/api/themes/')) return false
  return path.split('/').every((part) => /^[\w@+~.-]{1,200}$/.test(part) && part !== '.' && part !== '..')
}

export function isStaticDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** Returns the label of the host of static files, where servers have hosts of their own. No server has one with `-` in it. */
export function staticLabel(digest: string): string {
  return `s-${digest.slice(0, 40)}`
}

/** Returns the label in an origin that the wildcard covers; undefined for a text that is no label of static files. */
export function staticLabelOf(serversUrl: string, origin: string): string | undefined {
  const [start = '', end = ''] = serversUrl.split('*', 2)
  if (!serversUrl.includes('://*.') || !origin.startsWith(start) || !origin.endsWith(end)) return undefined
  const label = origin.slice(start.length, -end.length)
  return /^s-[0-9a-f]{40}$/.test(label) ? label : undefined
}

/** Returns the public address of a static file. */
export function staticUrl(serversUrl: string, digest: string, path: string): string {
  return `${staticOrigin(serversUrl, digest) + staticFilesPrefix}${digest}/${path}`
}

/** Returns the origin of the static files under a digest. */
export function staticOrigin(serversUrl: string, digest: string): string {
  return serverOrigin(serversUrl, staticLabel(digest))
}
