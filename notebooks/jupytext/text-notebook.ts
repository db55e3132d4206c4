import type { NotebookFormat } from '../notebook.ts'
import { type Header, type Metadata, mapOf, wordOf } from './header.ts'

/** A text that is a notebook: its lines, where its header ends, and what the header says. */
export interface TextNotebook {
  format: Exclude<NotebookFormat, 'ipynb'>
  lines: string[]
  header: Header
  metadata: Metadata | 'broken'
}

/** What a header says about how cells are written. */
export interface Writing {
  /** Whether magics are comments in the file; undefined is what the format does. */
  commentMagics: boolean | undefined
  /** Of py:light, the marks around a cell, if they are not `+` and `-`. */
  marks: { start: string; end: string } | undefined
  /** Of md:markdown, whether a heading begins a cell. */
  splitAtHeading: boolean
  /** Of md:markdown, whether cells are written as they were until 2019. */
  isOld: boolean
  /** The language of cells that name none. */
  language: string | undefined
}

export function writingOf({ metadata, format }: Pick<TextNotebook, 'metadata' | 'format'>): Writing {
  const known = metadata === 'broken' ? {} : metadata
  const jupytext = mapOf(known.jupytext)
  const [start = '', end] = (wordOf(jupytext.cell_markers) ?? '').split(',', 2)
  const version = wordOf(mapOf(jupytext.text_representation).format_version)
  return {
    commentMagics: { true: true, false: false }[wordOf(jupytext.comment_magics) ?? ''],
    marks: format === 'py:light' && end !== undefined && start !== '+' ? { start, end } : undefined,
    splitAtHeading: wordOf(jupytext.split_at_heading) === 'true',
    isOld: format === 'md:markdown' && (version === '1.0' || version === '1.1'),
    language: wordOf(jupytext.main_language) ?? wordOf(mapOf(known.kernelspec).language)?.toLowerCase(),
  }
}
