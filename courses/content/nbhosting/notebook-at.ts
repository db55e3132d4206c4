/** Where a notebook opens inside a server, as nbhosting's `notebook-url-format` says it. Pure. */
import { z } from 'zod'
import { isFile, isInside, linkableSegment, placeOfFile } from '../../start.ts'

/** The place of a notebook's path in a format. */
const notebookPlace = '{notebook}'

/** Where nbhosting opens notebooks of a course that says nothing else. */
export const usualNotebookAt = `notebooks/${notebookPlace}`

/** Returns where a notebook opens inside a server, percent-encoded; undefined for a format or a path that leads elsewhere. */
export function placeOfNotebook(notebookAt: string, path: string): string | undefined {
  const format = soundFormat(notebookAt)
  if (format === undefined || !isFile(path) || !path.isWellFormed()) return undefined
  return placeOfFile(`/${format.replace(notebookPlace, '{file}')}`, path)
}

/** Returns the format as addresses have it; undefined for one that leads elsewhere than to a page of a program for notebooks. */
function soundFormat(text: string): string | undefined {
  if (!text.isWellFormed() || text.length > 1000) return undefined
  const encoded = text.replace(/[^\x21-\x7e]/gu, encodeURIComponent).replace(/^\/(?!\/)/, '')
  const parts = encoded.split(notebookPlace)
  if (parts.length !== 2 || !isInside(`/${parts.join('notebook')}`)) return undefined
  const [, first, rest] = /^([^/?]*)([/?].*)$/.exec(encoded) ?? []
  const isPage = linkableSegment.safeParse(first).success && rest?.includes(notebookPlace)
  return isPage ? encoded : undefined
}

/** A path inside servers with `{notebook}` in the place of a notebook: `edit/{notebook}?factory=Jupytext%20Notebook`. */
export const notebookFormat = z.string().transform((text, context) => {
  const format = soundFormat(text)
  if (format !== undefined) return format
  context.addIssue({
    code: 'custom',
    message: `is no place of notebooks inside a server: it has ${notebookPlace} in it, once, and begins with the page of a program, like ${usualNotebookAt} or lab/tree/${notebookPlace}`,
  })
  return z.NEVER
})
