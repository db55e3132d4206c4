/** The cells of py:light: paragraphs of a script, or what stands between the marks `# +` and `# -`. */
import type { Cell } from '../notebook.ts'
import { cellsOfFound, type FoundCell } from './found-cell.ts'
import { isBlank } from './lines.ts'
import { isMagic } from './magics.ts'
import { isActive } from './options.ts'
import { endsInTwoBlanks, type ScriptOptions, scriptContent, scriptOptions } from './script.ts'
import { StringParser } from './strings.ts'
import type { Writing } from './text-notebook.ts'

export function readLight(lines: readonly string[], start: number, writing: Writing, limit: number): Cell[] {
  const reader: Reader = { lines, writing, marks: marksOf(writing), indented: beforeIndented(lines) }
  const found: FoundCell[] = []
  for (let at = start; at < lines.length && found.length <= limit; at = found.at(-1)?.next ?? lines.length) {
    found.push(cellAt(reader, at))
  }
  return cellsOfFound(found, 'python', writing)
}

interface Reader {
  lines: readonly string[]
  writing: Writing
  marks: Marks
  /** Of each line, whether the first line from it on that is not blank is indented. */
  indented: Uint8Array
}

interface Marks {
  /** Returns what stands behind the mark of a cell's start; undefined if the line is none. */
  optionsOf(line: string): string | undefined
  /** Tells whether a line is the end of a cell whose options say how the mark looks. */
  isEnd(line: string, options: ScriptOptions): boolean
  /** Whether a cell without its end is none. */
  needEnd: boolean
}

/** What a search for the end of a cell has found. */
interface End {
  end: number
  next: number
  isMarked: boolean
  /** Whether the cell turned out to have no mark at its start. */
  isUnmarked?: boolean
}

function marksOf({ marks }: Writing): Marks {
  const behind = (line: string, mark: string) => {
    if (!line.startsWith('#')) return undefined
    const text = line.slice(1).trimStart()
    return text.startsWith(mark) ? text.slice(mark.length) : undefined
  }
  if (marks === undefined) {
    return {
      optionsOf: (line) => behind(line, '+'),
      isEnd: (line, { metadata }) => {
        const mark = metadata.get('endofcell')
        return line.trimEnd() === `# ${typeof mark === 'string' ? mark : '-'}`
      },
      needEnd: false,
    }
  }
  return {
    optionsOf: (line) => behind(line, marks.start),
    isEnd: (line) => behind(line, marks.end)?.trim() === '',
    needEnd: true,
  }
}

function cellAt(reader: Reader, start: number): FoundCell {
  const { lines, writing, marks } = reader
  const first = lines[start] ?? ''
  const options = marks.optionsOf(first)
  let its: ScriptOptions = scriptOptions(options ?? '')
  const isText = options === undefined && !(marks.needEnd && marks.isEnd(first, its)) && isCommented(reader, start)
  const found = isText ? paragraphEnd(lines, start) : regionEnd(reader, start, options === undefined ? undefined : its)
  const isMarked = options !== undefined && found.isUnmarked !== true
  let kind: Cell['kind'] = isText ? 'markdown' : (its.kind ?? 'code')
  if (!isMarked) its = scriptOptions('')
  const bodyStart = isMarked ? start + 1 : start
  const isTrimmed = found.isMarked && endsInTwoBlanks(lines, bodyStart, found.end)
  const body = lines.slice(bodyStart, isTrimmed ? found.end - 2 : found.end)
  const content = scriptContent(body, its, { kind, isMarked }, writing)
  if (kind === 'code' && !isActive('ipynb', its.metadata)) kind = 'raw'
  const next = Math.max(afterBlanks(lines, found), start + 1)
  return { ...its, kind, lines: content, options: isMarked ? options : undefined, next }
}

/** Tells whether all lines of a paragraph are comments, and none of them stands for a magic. */
function isCommented({ lines, writing }: Reader, start: number): boolean {
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (!line.startsWith('#')) return at > start && isBlank(line)
    if (!line.slice(1).trimStart().startsWith('#') && isMagic(line, false, writing.language)) return false
  }
  return true
}

function paragraphEnd(lines: readonly string[], start: number): End {
  let at = start
  while (at < lines.length && !isBlank(lines[at])) at += 1
  return { end: at, next: Math.min(at + 1, lines.length), isMarked: false }
}

/** Finds the end of a cell of code, or of one with a mark, which has options then. */
function regionEnd(
  { lines, marks, indented, writing }: Reader,
  start: number,
  options: ScriptOptions | undefined,
): End {
  const strings = new StringParser(options?.language ?? writing.language)
  for (let at = options === undefined ? start : start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const isQuoted = strings.isQuoted
    strings.read(line)
    if (isQuoted) continue
    if (marks.optionsOf(line) !== undefined) {
      const isUnmarked = marks.needEnd && options !== undefined
      const blanks = at > start && isBlank(lines[at - 1]) ? (at > start + 1 && isBlank(lines[at - 2]) ? 2 : 1) : 0
      return { end: at - blanks, next: at, isMarked: false, isUnmarked }
    }
    if (options !== undefined) {
      if (marks.isEnd(line, options)) return { end: at, next: at + 1, isMarked: true }
    } else if (isBlank(line) && indented[at] === 0) {
      if (at > start) return { end: at, next: at + 1, isMarked: false }
      const isNextBlank = !(start + 1 < lines.length && !isBlank(lines[start + 1]))
      return { end: start + 1, next: isNextBlank ? start + 2 : start + 1, isMarked: false }
    }
  }
  return { end: lines.length, next: lines.length, isMarked: false }
}

/** Skips the blank line between two cells, or the two that Python's style wants. */
function afterBlanks(lines: readonly string[], { next, isMarked }: End): number {
  const isText = (at: number) => at < lines.length && !isBlank(lines[at])
  if (isBlank(lines[next]) && isText(next + 1)) return next + 1
  if (isMarked && isBlank(lines[next]) && isBlank(lines[next + 1]) && isText(next + 2)) return next + 2
  return next
}

function beforeIndented(lines: readonly string[]): Uint8Array {
  const indented = new Uint8Array(lines.length + 1)
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? ''
    indented[at] = isBlank(line) ? (indented[at + 1] ?? 0) : /^\s/.test(line) ? 1 : 0
  }
  return indented
}
