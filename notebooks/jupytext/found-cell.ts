import type { Cell } from '../notebook.ts'
import { isMagicLanguage, usualLanguage } from './languages.ts'
import type { CellOptions } from './options.ts'
import type { Writing } from './text-notebook.ts'

/** A cell as it was found in a text, before its language is told by a magic. */
export interface FoundCell {
  kind: Cell['kind']
  lines: readonly string[]
  /** As it is written in the file. */
  options: string | undefined
  /** The language that the cell names. */
  language?: string | undefined
  metadata?: CellOptions | undefined
  /** The line of the file where the search for the next cell begins. */
  next: number
}

/** Returns the cells of a notebook: one in another language than the notebook's begins with a magic, as in Jupyter. */
export function cellsOfFound(found: readonly FoundCell[], fallback: string | undefined, writing: Writing): Cell[] {
  const main = writing.language ?? fallback ?? mostUsed(found)
  return found.map((cell) => {
    const magic = magicOf(cell, main)
    const text = cell.lines.join('\n')
    return { kind: cell.kind, source: magic === undefined ? text : `${magic}\n${text}`, options: cell.options }
  })
}

/** Returns the line `%%language` that Jupyter has and the text has not. */
export function magicOf(
  { language, metadata }: Pick<FoundCell, 'language' | 'metadata'>,
  main: string,
): string | undefined {
  if (language === undefined || language === main || usualLanguage(language) === main) return undefined
  if (!isMagicLanguage(language)) return undefined
  const args = metadata?.get('magic_args')
  return typeof args === 'string' ? `%%${language} ${args}` : `%%${language}`
}

function mostUsed(found: readonly FoundCell[]): string {
  const counts = new Map<string, number>([['python', 0.5]])
  for (const { language } of found) {
    if (language === undefined) continue
    const usual = usualLanguage(language)
    counts.set(usual, (counts.get(usual) ?? 0) + 1)
  }
  let most = 'python'
  for (const [language, count] of counts) if (count > (counts.get(most) ?? 0)) most = language
  return most
}
