/** Which format a text file is in, and whether it is a notebook at all, by what Jupytext's header says. */
import { type Metadata, mapOf, readHeader, readMystHeader, wordOf } from './header.ts'
import { splitLines } from './lines.ts'
import { isMagic } from './magics.ts'
import { StringParser } from './strings.ts'
import type { TextNotebook } from './text-notebook.ts'

/** Returns the part of a file's name from its last dot on, in lower case; undefined if it is that of no notebook. */
export function extensionOf(path: string): '.ipynb' | '.md' | '.py' | undefined {
  return (['.ipynb', '.md', '.py'] as const).find((extension) => path.toLowerCase().endsWith(extension))
}

/**
 * Returns the format of a text, its lines and its header; undefined if the text is no notebook, or one in a format that we
 * do not know. A notebook has a header with the words of Jupyter or Jupytext: what else may be in a `.md` or a `.py`, with
 * cell marks or without, is a document or a module.
 */
export function textNotebookOf(extension: '.md' | '.py', text: string): TextNotebook | undefined {
  return extension === '.py' ? scriptOf(splitLines(text)) : markdownOf(text)
}

function scriptOf(lines: string[]): TextNotebook | undefined {
  const header = readHeader(lines, '#')
  const metadata = header.jupyter
  if (metadata === undefined || !isNotebook(metadata)) return undefined
  const named = metadata === 'broken' ? undefined : namedFormat(metadata, '.py')
  const name = named ?? guessedScript(lines)
  if (name !== 'percent' && name !== 'light') return undefined
  return { format: `py:${name}`, lines, header, metadata }
}

function markdownOf(text: string): TextNotebook | undefined {
  const lines = splitLines(text)
  const header = readHeader(lines, '')
  const inner = header.jupyter
  if (inner !== undefined) {
    if (!isNotebook(inner)) return undefined
    const name = (inner === 'broken' ? undefined : namedFormat(inner, '.md')) ?? guessedMarkdown(lines)
    if (name !== 'markdown' && name !== 'myst') return undefined
    if (name === 'markdown') return { format: 'md:markdown', lines, header, metadata: inner }
  }
  const myst = readMystHeader(lines)
  if (myst?.jupyter === undefined || !isNotebook(myst.jupyter)) return undefined
  const name = (myst.jupyter === 'broken' ? undefined : namedFormat(myst.jupyter, '.md')) ?? guessedMarkdown(lines)
  if (name === 'myst') {
    // Jupytext reads it with a parser of Markdown, which knows no line ends but these.
    const plain = text.replaceAll(/\r\n?/g, '\n').split('\n')
    return { format: 'md:myst', lines: plain, header: myst, metadata: myst.jupyter }
  }
  return name === 'markdown' ? { format: 'md:markdown', lines, header, metadata: myst.jupyter } : undefined
}

/** Tells whether metadata has the words of Jupyter; of a header that is no YAML its lines were looked at. */
function isNotebook(metadata: Metadata | 'broken'): boolean {
  return metadata === 'broken' || Object.hasOwn(metadata, 'jupytext') || Object.hasOwn(metadata, 'kernelspec')
}

/** Returns the format that the header names for files of this extension: that of this file, else that of its pairs. */
function namedFormat(metadata: Metadata, extension: '.md' | '.py'): string | undefined {
  const jupytext = mapOf(metadata.jupytext)
  const representation = mapOf(jupytext.text_representation)
  if (
    wordOf(representation.extension)?.endsWith(extension) === true &&
    wordOf(representation.format_name) !== undefined
  ) {
    return wordOf(representation.format_name)
  }
  for (const pair of (wordOf(jupytext.formats) ?? '').split(',')) {
    const [name = '', format] = (pair.split('/').at(-1) ?? '').trim().split(':')
    const its = `.${name.split('.').at(-1)}`
    if (format !== undefined && (its === extension || (its === '.auto' && extension === '.py'))) return format
  }
  return undefined
}

/** Jupytext's guess: a mark `# %%` outside of texts makes the format percent; a magic that is no comment makes it hydrogen. */
function guessedScript(lines: readonly string[]): 'percent' | 'light' | 'hydrogen' | 'marimo' {
  const strings = new StringParser()
  let hasMarks = false
  let hasMagics = false
  let cellsOfMarimo = 0
  for (const line of lines) {
    const isQuoted = strings.isQuoted
    strings.read(line)
    if (isQuoted) continue
    hasMarks ||= /^# ?%%(?:\s|$)/.test(line) || /^# (?:<codecell>|In\[[0-9 ]*\]:?)/.test(line)
    hasMagics ||= !line.startsWith('#') && isMagic(line, false)
    if (line === 'import marimo' || line === 'app = marimo.App()' || line.startsWith('@app.cell')) cellsOfMarimo += 1
  }
  if (hasMarks) return hasMagics ? 'hydrogen' : 'percent'
  return cellsOfMarimo >= 2 ? 'marimo' : 'light'
}

function guessedMarkdown(lines: readonly string[]): 'myst' | 'markdown' | 'pandoc' {
  if (lines.some((line) => /^ {0,3}(?:`{3,}|~{3,})\s*\{(?:code|raw)-cell\}/.test(line))) return 'myst'
  return lines.some((line) => line.startsWith(':::')) ? 'pandoc' : 'markdown'
}
