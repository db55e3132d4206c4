/** Writes notebooks that are texts: each cell in the plainest way that is read as the same cell. */
import type { Cell, Notebook } from '../notebook.ts'
import { readHeader, readMystHeader } from './header.ts'
import { readLight } from './light.ts'
import { withoutBlankEnds } from './lines.ts'
import { readMarkdown } from './markdown.ts'
import { readMyst } from './myst.ts'
import { readPercent } from './percent.ts'
import { type Writing, writingOf } from './text-notebook.ts'
import { lightWays, markdownWays, mystWays, percentWays, type Written } from './ways.ts'

interface Format {
  ways(cell: Cell, writing: Writing): Written[]
  read(lines: readonly string[], writing: Writing): Cell[]
  /** What is put behind a cell to see that it ends where it should. */
  behind: string[]
  between(before: Written & { isText: boolean }, cell: Written): string[]
}

const formats: Record<Exclude<Notebook['format'], 'ipynb'>, Format> = {
  'py:percent': {
    ways: percentWays,
    read: (lines, writing) => readPercent(lines, 0, writing, 2),
    behind: ['', '# %% [raw]', '# x'],
    between: () => [''],
  },
  'py:light': {
    ways: lightWays,
    read: (lines, writing) => readLight(lines, 0, writing, 2),
    behind: ['', '# + [raw]', '# x', '# -'],
    between: () => [''],
  },
  'md:markdown': {
    ways: markdownWays,
    read: (lines, writing) => readMarkdown(lines, 0, writing, 2),
    behind: ['', '', 'x'],
    between: (before, cell) => (before.isPlain && cell.isPlain ? ['', ''] : ['']),
  },
  'md:myst': {
    ways: mystWays,
    read: (lines) => readMyst(lines, 0, 2),
    behind: ['', '```{raw-cell}', 'x', '```'],
    between: (before, cell) => (before.isText && cell.isPlain ? ['', '+++', ''] : ['']),
  },
}

export function writeText({ format, header = [], cells }: Notebook): string {
  if (format === 'ipynb') throw new Error('an ipynb is no text notebook')
  const its = formats[format]
  const comment = format.startsWith('py') ? '#' : ''
  const found = format === 'md:myst' ? readMystHeader(header) : readHeader(header, comment)
  const writing = writingOf({ format, metadata: found?.jupyter ?? {} })
  const lines = [...header, '']
  let before: (Written & { isText: boolean }) | undefined
  const real = cells.filter((cell) => cell.isFrontMatter !== true && !isNothing(cell, format))
  for (const [at, cell] of real.entries()) {
    const written = bestWay(cell, its, writing, at === real.length - 1)
    if (before !== undefined) lines.push(...its.between(before, written))
    for (const line of written.lines) lines.push(line)
    before = { ...written, isText: cell.kind === 'markdown' }
  }
  return `${lines.join('\n').trimEnd()}\n`
}

/** An empty text is no cell of Markdown. */
function isNothing(cell: Cell, format: Notebook['format']): boolean {
  return format.startsWith('md') && cell.kind === 'markdown' && cell.source.trim() === ''
}

/** Returns the first way to write a cell that is read as the cell; if there is none, the last one. */
function bestWay(cell: Cell, { ways, read, behind }: Format, writing: Writing, isLast: boolean): Written {
  const all = ways(cell, writing).map((way) => ({
    ...way,
    lines: way.end === undefined ? way.lines : [...way.lines, way.end],
  }))
  const wanted = withoutBlankEnds(cell.source)
  const isIt = ({ lines }: Written, more: readonly string[]) => {
    const [first, second, ...others] = read([...lines, ...more], writing)
    if (first?.kind !== cell.kind || withoutBlankEnds(first.source) !== wanted || others.length > 0) return false
    return more.length === 0 ? second === undefined : second?.source === 'x'
  }
  const found = all.find((way) => isIt(way, behind))
  if (found !== undefined || !isLast) return found ?? all.at(-1) ?? { lines: [], isPlain: false }
  // A text that does not end, such as one of three quotes, takes the mark of its end for a part of it.
  const open = ways(cell, writing).find((way) => isIt(way, []))
  return open ?? all.at(-1) ?? { lines: [], isPlain: false }
}
