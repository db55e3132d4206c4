import { readIpynb } from './ipynb/read.ts'
import { extensionOf, textNotebookOf } from './jupytext/format.ts'
import { readLight } from './jupytext/light.ts'
import { isBlank, uncommented } from './jupytext/lines.ts'
import { readMarkdown } from './jupytext/markdown.ts'
import { readMyst } from './jupytext/myst.ts'
import { readPercent } from './jupytext/percent.ts'
import { type TextNotebook, writingOf } from './jupytext/text-notebook.ts'
import { type Cell, type Notebook, notebookLimits, type UnreadableNotebook } from './notebook.ts'
import { notebookText } from './text.ts'

/**
 * Reads a notebook, or says why that cannot be done. Never throws, whatever the bytes are, and takes a time that grows with
 * their number only.
 */
export function readNotebook(path: string, bytes: Uint8Array): Notebook | UnreadableNotebook {
  const extension = extensionOf(path)
  if (extension === undefined) return { problem: 'its name is not that of a notebook: .ipynb, .md or .py' }
  const text = notebookText(bytes)
  if (typeof text !== 'string') return text
  const notebook = extension === '.ipynb' ? readIpynb(text, notebookLimits.cells) : readText(extension, text)
  if ('problem' in notebook || notebook.cells.length <= notebookLimits.cells) return notebook
  return { problem: `it has more than ${notebookLimits.cells} cells` }
}

function readText(extension: '.md' | '.py', text: string): Notebook | UnreadableNotebook {
  const found = textNotebookOf(extension, text)
  if (found === undefined) return { problem: 'it has no header that makes it a notebook' }
  if (found.lines.some((line) => line.length > notebookLimits.lineLength))
    return { problem: 'it has a line without end' }
  return { format: found.format, header: found.lines.slice(0, found.header.end), cells: cellsOf(found) }
}

function cellsOf(notebook: TextNotebook): Cell[] {
  const { format, lines, header } = notebook
  const limit = notebookLimits.cells
  if (format === 'md:myst') return readMyst(lines, header.end, limit)
  const writing = writingOf(notebook)
  const behind = lines[header.end]
  const isGap =
    header.isThere && behind !== undefined && isBlank(format === 'md:markdown' ? behind : uncommented(behind))
  const start = isGap ? header.end + 1 : header.end
  const read = { 'md:markdown': readMarkdown, 'py:percent': readPercent, 'py:light': readLight }[format]
  const cells = read(lines, start, writing, limit)
  return header.others.length === 0 ? cells : [frontMatter(header.others), ...cells]
}

/** Jupytext shows what else stands in a header as a cell. */
function frontMatter(lines: readonly string[]): Cell {
  return { kind: 'raw', source: ['---', ...lines, '---'].join('\n'), options: undefined, isFrontMatter: true }
}
