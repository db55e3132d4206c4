/** The cells of py:percent: each begins with a line `# %%`. */
import type { Cell } from '../notebook.ts'
import { cellsOfFound, type FoundCell } from './found-cell.ts'
import { uncommented } from './lines.ts'
import { isActive } from './options.ts'
import { endsInTwoBlanks, scriptContent, scriptOptions } from './script.ts'
import { StringParser } from './strings.ts'
import type { Writing } from './text-notebook.ts'

const marked = /^\s*#\s*%%%*\s/
const bareMark = /^\s*#\s*(?:%%|<codecell>|In\[[0-9 ]*\]:?)\s*$/
const fenceLine = /^ {0,3}(`{3,}|~{3,})(.*)$/

export function readPercent(lines: readonly string[], start: number, writing: Writing, limit: number): Cell[] {
  const fences = { '#': fenceEnds(lines, '#'), '': fenceEnds(lines, '') }
  const found: FoundCell[] = []
  for (let at = start; at < lines.length && found.length <= limit; at = found.at(-1)?.next ?? lines.length) {
    found.push(cellAt(lines, at, fences, writing))
  }
  return cellsOfFound(found, 'python', writing)
}

function cellAt(
  lines: readonly string[],
  start: number,
  fences: Record<'#' | '', FenceEnds>,
  writing: Writing,
): FoundCell {
  const first = lines[start] ?? ''
  const hasOptions = marked.test(first)
  const options = hasOptions ? first.slice(first.indexOf('%%') + 2) : ''
  const its = scriptOptions(options)
  const isRaw = its.kind === undefined && !isActive('ipynb', its.metadata)
  const kind = its.kind ?? (isRaw ? 'raw' : 'code')
  // A raw cell that is code of the script stands there without marks of comments.
  const comment = isRaw && isActive('py', its.metadata) ? '' : '#'
  const next = nextMark(lines, start, kind, its.language ?? writing.language, fences[comment])
  const end = endsInTwoBlanks(lines, start, next) ? next - 2 : lines[next - 1] === '' ? next - 1 : next
  const body = lines.slice(hasOptions || bareMark.test(first) ? start + 1 : start, end)
  const content = scriptContent(body, its, { kind, isMarked: true, comment }, writing)
  return { ...its, kind, lines: content, options: hasOptions ? options : undefined, next }
}

/** Returns where the next cell begins. Marks inside texts of code, and inside fences of text cells, are none. */
function nextMark(
  lines: readonly string[],
  start: number,
  kind: Cell['kind'],
  language: string | undefined,
  fences: FenceEnds,
): number {
  const strings = new StringParser(language)
  let fence: Fence | undefined
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const isQuoted = strings.isQuoted
    strings.read(line)
    if (isQuoted) continue
    if (kind !== 'code') {
      const text = fences.textOf(line)
      if (fence !== undefined) {
        if (closes(text, fence)) fence = undefined
        continue
      }
      const opened = openedBy(text)
      if (opened !== undefined && fences.isClosedAfter(at, opened)) {
        fence = opened
        continue
      }
    }
    if (at > start && (marked.test(line) || bareMark.test(line))) return at
  }
  return lines.length
}

interface Fence {
  char: string
  length: number
}

interface FenceEnds {
  textOf(line: string): string
  isClosedAfter(at: number, fence: Fence): boolean
}

function openedBy(text: string): Fence | undefined {
  const [, marks = '', info = ''] = fenceLine.exec(text) ?? []
  if (marks === '' || (marks.startsWith('`') && info.includes('`'))) return undefined
  return { char: marks.charAt(0), length: marks.length }
}

function closes(text: string, fence: Fence): boolean {
  const [, marks = '', info = ''] = fenceLine.exec(text) ?? []
  return marks.startsWith(fence.char) && marks.length >= fence.length && info.trim() === ''
}

/** Looks through all lines once, from the end, so that an opening fence need not search for its end. */
function fenceEnds(lines: readonly string[], comment: '#' | ''): FenceEnds {
  const textOf = (line: string) => (comment === '' ? line : uncommented(line))
  const longest = { '`': new Uint32Array(lines.length + 1), '~': new Uint32Array(lines.length + 1) }
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const [, marks = '', info = ''] = fenceLine.exec(textOf(lines[at] ?? '')) ?? []
    for (const char of ['`', '~'] as const) {
      const its = marks.startsWith(char) && info.trim() === '' ? marks.length : 0
      longest[char][at] = Math.max(its, longest[char][at + 1] ?? 0)
    }
  }
  return {
    textOf,
    isClosedAfter: (at, fence) => (longest[fence.char === '~' ? '~' : '`'][at + 1] ?? 0) >= fence.length,
  }
}
