/** Tables of GitHub's kind. */
import { firstOf, indentOf, isCode, isSpace, lineEnd, type Rule, type State, textAt } from './state.ts'

const mostCells = 0x10000

export const table: Rule = (state, start, end, isSilent) => {
  if (start + 2 > end || indentOf(state, start + 1) < state.blockIndent || isCode(state, start + 1)) return false
  const columns = columnsOf(state, start + 1)
  if (columns === undefined) return false
  const head = textAt(state, start).trim()
  if (!head.includes('|') || isCode(state, start)) return false
  if (columns === 0 || cellsIn(head) !== columns) return false
  if (isSilent) return true
  const { parent } = state
  state.parent = 'table'
  let next = start + 2
  let missing = 0
  for (; next < end && indentOf(state, next) >= state.blockIndent; next += 1) {
    if (state.isInterrupted('blockquote', next, end)) break
    const row = textAt(state, next).trim()
    if (row === '' || isCode(state, next)) break
    missing += columns - cellsIn(row)
    if (missing > mostCells) break
  }
  state.parent = parent
  state.line = next
  return true
}

/** Counts the columns of the line below a table's head; undefined if it is none. */
function columnsOf(state: State, line: number): number | undefined {
  const first = firstOf(state, line)
  const last = lineEnd(state, line)
  if (first + 1 >= last) return undefined
  const text = state.text.slice(first, last)
  if (!/^[|:-][|:\- \t]+$/.test(text) || (text[0] === '-' && isSpace(text[1]))) return undefined
  const parts = text.split('|').map((part) => part.trim())
  let count = 0
  for (const [at, part] of parts.entries()) {
    if (part === '' && (at === 0 || at === parts.length - 1)) continue
    if (!/^:?-+:?$/.test(part)) return undefined
    count += 1
  }
  return count
}

/** Counts the cells of a row, in which `\|` separates none. */
function cellsIn(row: string): number {
  let count = 1
  let isEscaped = false
  let lastBegin = 0
  for (let at = 0; at < row.length; at += 1) {
    if (row[at] === '|' && !isEscaped) {
      count += 1
      lastBegin = at + 1
    }
    isEscaped = row[at] === '\\'
  }
  if (row.startsWith('|')) count -= 1
  return count > 0 && lastBegin === row.length ? count - 1 : count
}
