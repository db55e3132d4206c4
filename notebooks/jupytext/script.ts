/** What cells of py:percent and py:light have in common: how the lines of a script become those of a cell. */

import type { Cell } from '../notebook.ts'
import { isBlank, splitLines, uncommented } from './lines.ts'
import { withCodeStarts, withMagics } from './magics.ts'
import { type CellOptions, isActive, titledOptions } from './options.ts'
import type { Writing } from './text-notebook.ts'

export interface ScriptOptions {
  kind: Cell['kind'] | undefined
  language: string | undefined
  metadata: CellOptions
}

const kinds: [RegExp, Cell['kind']][] = [
  [/\[markdown\]/, 'markdown'],
  [/\[raw\]/, 'raw'],
  [/\[md\]/, 'markdown'],
]

/** Reads what stands behind the mark of a cell; `[markdown]` in its title or `cell_type` tells its kind. */
export function scriptOptions(options: string): ScriptOptions {
  const { title, metadata } = titledOptions(options)
  const kind = kinds.find(([word]) => word.test(title))?.[1] ?? kindOf(metadata.get('cell_type'))
  const language = metadata.get('language')
  return { kind, language: typeof language === 'string' ? language : undefined, metadata }
}

function kindOf(value: unknown): Cell['kind'] | undefined {
  if (typeof value !== 'string') return undefined
  return value === 'code' || value === 'markdown' ? value : 'raw'
}

/** Returns the lines of a cell as Jupyter has them. `isMarked` tells whether a mark says that the cell begins. */
export function scriptContent(
  lines: readonly string[],
  { language, metadata }: ScriptOptions,
  cell: { kind: Cell['kind']; isMarked: boolean; comment?: '' | '#' },
  writing: Writing,
): readonly string[] {
  const isCode = cell.kind === 'code'
  if (!isActive('py', metadata, isCode)) {
    const unquoted = insideQuotes(lines.join('\n').trim())
    if (unquoted !== undefined) return splitLines(unquoted)
  }
  const main = writing.language ?? 'python'
  const isOther = !metadata.has('active') && language !== undefined && language !== main
  if (!isActive('py', metadata) || isOther) {
    return cell.comment === '' ? lines : lines.map((line) => uncommented(line))
  }
  const content = writing.commentMagics === false ? lines : withMagics(lines, cell.isMarked, language ?? main)
  if (isCode) return withCodeStarts(content, language ?? main)
  return cell.comment === '' ? content : content.map((line) => uncommented(line))
}

/** Returns the text inside three quotes, of a text cell that is written so; undefined if it is not. */
function insideQuotes(text: string): string | undefined {
  for (const prefix of ['', 'r', 'R']) {
    for (const quotes of ['"""', "'''"]) {
      const left = prefix + quotes
      if (!text.startsWith(left) || !text.endsWith(quotes) || text.length < left.length + quotes.length) continue
      const inside = text.slice(left.length, -quotes.length)
      const first = inside.startsWith('\n') ? inside.slice(1) : inside
      return first.endsWith('\n') ? first.slice(0, -1) : first
    }
  }
  return undefined
}

/** Tells whether a range of lines ends in two blank ones behind one that is not. */
export function endsInTwoBlanks(lines: readonly string[], start: number, end: number): boolean {
  if (end - start < 3) return false
  return !isBlank(lines[end - 3]) && isBlank(lines[end - 2]) && isBlank(lines[end - 1])
}
