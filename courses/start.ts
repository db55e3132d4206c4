/** Where a course opens: a file of it, or a path inside its servers. */
import { z } from 'zod'

/** Returns whether a text is a path inside servers, with or without a query, that all programs read alike. Pure. */
export function isInside(path: string): boolean {
  if (!/^\/(?!\/)[\x21-\x7e]*$/.test(path) || /[\\#{}]/.test(path) || path.length > 1000) return false
  try {
    const decoded = decodeURIComponent(path.split('?', 1)[0] ?? '')
    const segments = decoded.split('/')
    return !segments.some((name) => name === '.' || name === '..') && !/^\/(_carrel(\/|$)|[\s/\\])/.test(decoded)
  } catch {
    return false
  }
}

const notInside =
  'is no path inside a server: it begins with one slash, like /lab/tree/x.ipynb, its special characters are percent-encoded, and it has no . or .. between slashes'

/** A path inside servers, from their first page. */
export const insidePath = z.string().refine(isInside, notInside)

/** A file of the course, or with a slash in front a path inside servers. */
export const startPlace = z.string().superRefine((path, context) => {
  if (path.startsWith('/') ? isInside(path) : isFile(path)) return
  const message = path.startsWith('/')
    ? notInside
    : 'a file of the course is named as it lies there, like week1/intro.ipynb'
  context.addIssue({ code: 'custom', message })
})

/** First segments of paths that run code, change files or sign out. A link to them always asks first. */
const neverLinkable = new Set([
  '_carrel',
  'api',
  'files',
  'git-pull',
  'hub',
  'login',
  'logout',
  'lsp',
  'nbconvert',
  'proxy',
  'terminals',
  'user',
])

/** The first segment of a path inside servers. */
export const linkableSegment = z
  .string()
  .regex(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}$/, 'is the first part of a path inside servers, like lab or voila')
  .refine((segment) => !neverLinkable.has(segment), 'runs code or changes something, so a link to it always asks first')

/** The place of a file in a path inside servers. */
const filePlace = '{file}'

/** A path inside servers with `{file}` in the place of a file. */
export const fileAt = z
  .string()
  .refine(
    (path) => path.split(filePlace).length === 2 && isInside(path.replace(filePlace, 'file')),
    'is a path inside a server with {file} in the place of the file, once, like /voila/render/{file}',
  )

interface Opens {
  start?: string | undefined
  fileAt?: string | undefined
}

/** Returns the file of the course that opens when a link names none; undefined where that is no file. Pure. */
export function startFile({ start }: Opens): string | undefined {
  return start?.startsWith('/') ? undefined : start
}

/** Returns the path inside servers, without its first slash, that opens when a link names no file. Pure. */
export function startInside({ start }: Opens): string | undefined {
  return start?.startsWith('/') ? start.slice(1) : undefined
}

/**
 * Returns where a file opens by `fileAt`, without the first slash: percent-encoded, and in a query also its slashes. Pure.
 */
export function placeOfFile(path: string, file: string): string {
  const [before = '', after = ''] = path.slice(1).split(filePlace)
  const written = before.includes('?') ? encodeURIComponent(file) : file.split('/').map(encodeURIComponent).join('/')
  return before + written + after
}

/** Returns the file in a path that `placeOfFile` has made; undefined for another path. Pure. */
export function fileAtPlace(path: string, inside: string): string | undefined {
  const [before = '', after = ''] = path.slice(1).split(filePlace)
  if (inside.length <= before.length + after.length || !inside.startsWith(before) || !inside.endsWith(after))
    return undefined
  const written = inside.slice(before.length, inside.length - after.length)
  if (/[?#]/.test(written) || (before.includes('?') && /[&/]/.test(written))) return undefined
  try {
    const file = decodeURIComponent(written)
    return isFile(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** Returns whether a text names a file by its path in a folder, in the one way in which it can be named. */
export function isFile(path: string): boolean {
  return path.split('/').every((name) => !['', '.', '..'].includes(name)) && !/[\\\p{Cc}]/u.test(path)
}
