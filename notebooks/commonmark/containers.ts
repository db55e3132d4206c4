/** Quotes and lists: blocks with blocks inside. */
import { firstOf, indentOf, isCode, isEmptyLine, isSpace, lineEnd, type Rule, type State, skipSpaces } from './state.ts'

/** How a line was laid out before a quote moved its beginning. */
type Saved = [begin: number, shift: number, indent: number, offset: number]

export const quote: Rule = (state, start, end, isSilent) => {
  if (isCode(state, start) || state.text[firstOf(state, start)] !== '>') return false
  if (isSilent) return true
  const { lineMax, parent, blockIndent } = state
  const saved: Saved[] = []
  saved.push(save(state, start))
  let isLastEmpty = moveIntoQuote(state, start)
  state.parent = 'blockquote'
  let next = start + 1
  for (; next < end && !isEmptyLine(state, next); next += 1) {
    const isOutdented = indentOf(state, next) < state.blockIndent
    if (state.text[firstOf(state, next)] === '>' && !isOutdented) {
      saved.push(save(state, next))
      isLastEmpty = moveIntoQuote(state, next)
      continue
    }
    if (isLastEmpty) break
    if (state.isInterrupted('blockquote', next, end)) {
      // Paragraphs inside end here too, although they look for their own end.
      state.lineMax = next
      if (state.blockIndent !== 0) {
        saved.push(save(state, next))
        state.indents[next] = indentOf(state, next) - state.blockIndent
      }
      break
    }
    saved.push(save(state, next))
    // A negative indentation makes the line go on with a paragraph.
    state.indents[next] = -1
  }
  state.blockIndent = 0
  state.level += 1
  state.tokenize(start, next)
  state.level -= 1
  Object.assign(state, { lineMax, parent, blockIndent })
  for (const [at, line] of saved.entries()) restore(state, start + at, line)
  return true
}

function save(state: State, line: number): Saved {
  const at = (column: Int32Array) => column[line] ?? 0
  return [at(state.begins), at(state.shifts), at(state.indents), at(state.offsets)]
}

function restore(state: State, line: number, [begin, shift, indent, offset]: Saved): void {
  state.begins[line] = begin
  state.shifts[line] = shift
  state.indents[line] = indent
  state.offsets[line] = offset
}

/** Moves the beginning of a line behind its `>` and one space; returns whether nothing stands there. */
function moveIntoQuote(state: State, line: number): boolean {
  let at = firstOf(state, line) + 1
  let width = indentOf(state, line) + 1
  let initial = width
  const marker = indentOf(state, line) + 1
  const char = state.text[at]
  const isWideTab = char === '\t' && ((state.offsets[line] ?? 0) + width) % 4 !== 3
  if (char === ' ' || (char === '\t' && !isWideTab)) {
    at += 1
    width += 1
    initial += 1
  }
  const begin = at
  const last = lineEnd(state, line)
  for (; at < last && isSpace(state.text[at]); at += 1) {
    const column = width + (state.offsets[line] ?? 0) + (isWideTab ? 1 : 0)
    width += state.text[at] === '\t' ? 4 - (column % 4) : 1
  }
  restore(state, line, [begin, at - begin, width - initial, marker + (isSpace(char) ? 1 : 0)])
  return at >= last
}

interface Marker {
  isOrdered: boolean
  /** The last character of the mark, which tells lists of one kind from others. */
  char: string
  /** Whether it could begin a list right behind a paragraph. */
  isFirst: boolean
  behind: number
}

export const listBlock: Rule = (state, start, end, isSilent) => {
  if (isCode(state, start)) return false
  const indent = indentOf(state, start)
  if (state.listIndent >= 0 && indent - state.listIndent >= 4 && indent < state.blockIndent) return false
  const endsParagraph = isSilent && state.parent === 'paragraph' && indent >= state.blockIndent
  let marker = markerAt(state, start)
  if (marker === undefined) return false
  if (endsParagraph && (!marker.isFirst || skipSpaces(state, marker.behind) >= lineEnd(state, start))) return false
  if (isSilent) return true
  const { parent } = state
  const { isOrdered, char } = marker
  state.parent = 'list'
  state.level += 1
  let next = start
  while (next < end && marker !== undefined) {
    readItem(state, next, end, marker)
    next = state.line
    if (next >= end || indentOf(state, next) < state.blockIndent || isCode(state, next)) break
    if (state.isInterrupted('list', next, end)) break
    marker = markerAt(state, next)
    if (marker?.isOrdered !== isOrdered || marker.char !== char) break
  }
  state.level -= 1
  state.line = next
  state.parent = parent
  return true
}

function readItem(state: State, line: number, end: number, { behind }: Marker): void {
  const last = lineEnd(state, line)
  const initial = indentOf(state, line) + behind - firstOf(state, line)
  let at = behind
  let width = initial
  for (; at < last && isSpace(state.text[at]); at += 1) {
    width += state.text[at] === '\t' ? 4 - ((width + (state.offsets[line] ?? 0)) % 4) : 1
  }
  const isBlank = at >= last
  const gap = isBlank || width - initial > 4 ? 1 : width - initial
  const { listIndent, blockIndent } = state
  const shift = state.shifts[line] ?? 0
  const indent = indentOf(state, line)
  state.listIndent = blockIndent
  state.blockIndent = initial + gap
  state.shifts[line] = at - (state.begins[line] ?? 0)
  state.indents[line] = width
  state.level += 1
  if (isBlank && isEmptyLine(state, line + 1)) state.line = Math.min(state.line + 2, end)
  else state.tokenize(line, end)
  state.level -= 1
  Object.assign(state, { listIndent, blockIndent })
  state.shifts[line] = shift
  state.indents[line] = indent
}

function markerAt(state: State, line: number): Marker | undefined {
  const first = firstOf(state, line)
  const last = lineEnd(state, line)
  const isEnd = (at: number) => at >= last || isSpace(state.text[at])
  const char = state.text[first] ?? ''
  if (char === '*' || char === '-' || char === '+') {
    return isEnd(first + 1) ? { isOrdered: false, char, isFirst: true, behind: first + 1 } : undefined
  }
  let at = first
  while (at < last && at - first < 10 && isDigit(state.text[at])) at += 1
  const dot = state.text[at] ?? ''
  if (at === first || at - first > 9 || at >= last || (dot !== '.' && dot !== ')') || !isEnd(at + 1)) return undefined
  return { isOrdered: true, char: dot, isFirst: Number(state.text.slice(first, at)) === 1, behind: at + 1 }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9'
}
