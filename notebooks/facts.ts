/** What lists show of a notebook, by the rules of nbhosting, so that its courses look as they did. */

import { ipynbOf } from './ipynb/parse.ts'
import { extensionOf, textNotebookOf } from './jupytext/format.ts'
import { type Metadata, mapOf } from './jupytext/header.ts'
import type { NotebookFormat } from './notebook.ts'
import { notebookText } from './text.ts'

export interface NotebookFacts {
  /** `nbhosting.title`, else `notebookname`, else the path without its extension. */
  readonly title: string
  /** `nbhosting.version`, else `version`, else `0.1`; `n/a` if the file cannot be read. */
  readonly version: string
  /** The name of its kernel. */
  readonly kernel: string | undefined
  readonly format: NotebookFormat
}

/**
 * Returns the facts of a file; undefined if it is no notebook, such as a README.md or a module. A notebook that cannot be
 * read is one all the same, so that its teacher finds it in lists.
 */
export function factsOf(path: string, bytes: Uint8Array): NotebookFacts | undefined {
  const extension = extensionOf(path)
  if (extension === undefined) return undefined
  const text = notebookText(bytes)
  if (extension === '.ipynb') {
    const read = typeof text === 'string' ? ipynbOf(text) : text
    return facts(path, 'ipynb', 'problem' in read ? 'broken' : mapOf(read.file.metadata))
  }
  if (typeof text !== 'string') return undefined
  const notebook = textNotebookOf(extension, text)
  return notebook && facts(path, notebook.format, notebook.metadata)
}

function facts(path: string, format: NotebookFormat, metadata: Metadata | 'broken'): NotebookFacts {
  const name = path.replace(/\.[^./]*$/, '')
  if (metadata === 'broken') return { title: name, version: 'n/a', kernel: undefined, format }
  const nbhosting = mapOf(metadata.nbhosting)
  return {
    title: shown(nbhosting.title) ?? shown(metadata.notebookname) ?? name,
    version: shown(nbhosting.version) ?? shown(metadata.version) ?? '0.1',
    kernel: shown(mapOf(metadata.kernelspec).name),
    format,
  }
}

/** Returns a value of metadata as one line that a database and a page can take; undefined if it is none or empty. */
function shown(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const line = String(value).slice(0, 300).toWellFormed()
  return line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim() || undefined
}
