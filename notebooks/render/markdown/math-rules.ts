/** Finds formulas in Markdown, where Jupyter finds them: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]` and `\begin{…}…\end{…}`. */
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'
import { renderLimits } from '../limits.ts'

/** Teaches a reader of Markdown about formulas: tokens `math`, whose `markup` is `block` for those that stand alone. */
export function addMathRules(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('escape', 'math', inlineMath)
  markdown.block.ruler.before('fence', 'math', blockMath, { alt: ['paragraph', 'reference', 'blockquote', 'list'] })
}

/** Marks around a formula in a line, and whether it stands alone. */
const marks = [
  { begin: '$$', end: '$$', isBlock: true },
  { begin: '$', end: '$', isBlock: false },
  { begin: '\\\\(', end: '\\\\)', isBlock: false },
  { begin: '\\\\[', end: '\\\\]', isBlock: true },
]

function inlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state
  const letter = src[pos]
  if (letter !== '$' && letter !== '\\') return false
  const found = environmentAt(src, pos) ?? markedAt(src, pos, state.posMax)
  if (found === undefined) return false
  if (!silent) push(state, found.formula, found.isBlock)
  state.pos = found.end
  return true
}

interface Found {
  formula: string
  isBlock: boolean
  end: number
}

function markedAt(src: string, pos: number, max: number): Found | undefined {
  for (const { begin, end, isBlock } of marks) {
    if (!src.startsWith(begin, pos)) continue
    const start = pos + begin.length
    const close = closeOf(src, start, max, end)
    if (close === undefined) continue
    const formula = src.slice(start, close)
    if (formula.trim() === '') continue
    // A price is no formula: `$5 and $6`.
    if (begin === '$' && (/^\s|\s$/.test(formula) || /\d/.test(src[close + 1] ?? ''))) continue
    return { formula, isBlock, end: close + end.length }
  }
  return undefined
}

/** Returns where a formula ends: at the first mark that no backslash stands before, no further than a formula may reach. */
function closeOf(src: string, start: number, max: number, mark: string): number | undefined {
  const near = src.slice(start, Math.min(max, start + renderLimits.formula))
  for (let at = near.indexOf(mark); at >= 0; at = near.indexOf(mark, at + 1)) {
    if (mark.startsWith('\\') || near[at - 1] !== '\\') return start + at
  }
  return undefined
}

function environmentAt(src: string, pos: number): Found | undefined {
  const [begin, name] = /^\\begin\{([a-zA-Z]{1,20}\*?)\}/.exec(src.slice(pos, pos + 40)) ?? []
  if (begin === undefined) return undefined
  const end = `\\end{${name}}`
  const close = closeOf(src, pos + begin.length, src.length, end)
  if (close === undefined) return undefined
  return { formula: src.slice(pos, close + end.length), isBlock: true, end: close + end.length }
}

function push(state: StateInline, formula: string, isBlock: boolean): void {
  const token = state.push('math', 'span', 0)
  token.content = formula
  token.markup = isBlock ? 'block' : ''
}

/** The most lines of a formula. */
const mostLines = 200

/** A formula between lines, in which blank lines may stand. */
function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const lineOf = (line: number) =>
    state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line])
  const first = lineOf(startLine)
  const [, name] = /^\\begin\{([a-zA-Z]{1,20}\*?)\}/.exec(first) ?? []
  if (!first.startsWith('$$') && name === undefined) return false
  const mark = name === undefined ? '$$' : `\\end{${name}}`
  const from = name === undefined ? 2 : 0
  for (let line = startLine; line < Math.min(endLine, startLine + mostLines); line += 1) {
    const text = line === startLine ? first.slice(from) : lineOf(line)
    if (line > startLine && (state.sCount[line] ?? 0) < state.blkIndent && text !== '') return false
    const at = text.indexOf(mark)
    if (at < 0) continue
    // More behind it in the line: it is part of a paragraph.
    if (text.slice(at + mark.length).trim() !== '') return false
    const last = name === undefined ? text.slice(0, at) : text
    const lines = Array.from({ length: line - startLine }, (_, index) =>
      index === 0 ? first.slice(from) : lineOf(startLine + index),
    )
    const formula = [...lines, last].join('\n')
    if (formula.trim() === '') return false
    if (silent) return true
    const token = state.push('math', 'div', 0)
    token.content = formula
    token.markup = 'block'
    token.block = true
    token.map = [startLine, line + 1]
    state.line = line + 1
    return true
  }
  return false
}
