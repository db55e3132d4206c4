/** Blocks without blocks inside, of which only fences and block breaks are told to the listener. */
import {
  firstOf,
  indentOf,
  isCode,
  isEmptyLine,
  isSpace,
  lineEnd,
  linesWithout,
  type Rule,
  type State,
  skipSpaces,
  textAt,
} from './state.ts'

export const code: Rule = (state, start, end, isSilent) => {
  if (isSilent || !isCode(state, start)) return false
  let last = start + 1
  for (let next = last; next < end; next += 1) {
    if (isEmptyLine(state, next)) continue
    if (!isCode(state, next)) break
    last = next + 1
  }
  state.line = last
  return true
}

export const fence: Rule = (state, start, end, isSilent) => {
  if (isCode(state, start)) return false
  const text = textAt(state, start)
  const mark = text[0]
  if (mark !== '`' && mark !== '~') return false
  const length = markLength(state.text, firstOf(state, start), mark)
  const info = text.slice(length)
  if (length < 3 || (mark === '`' && info.includes('`'))) return false
  if (isSilent) return true
  let next = start + 1
  let isClosed = false
  for (; next < end; next += 1) {
    if (!isEmptyLine(state, next) && indentOf(state, next) < state.blockIndent) break
    const first = firstOf(state, next)
    if (state.text[first] !== mark || isCode(state, next)) continue
    const marks = markLength(state.text, first, mark)
    if (marks < length || skipSpaces(state, first + marks) < lineEnd(state, next)) continue
    isClosed = true
    break
  }
  state.line = isClosed ? next + 1 : next
  if (state.level === 0) {
    const content = linesWithout(state, start + 1, next, indentOf(state, start))
    state.listener.onFence(start, state.line, info, content)
  }
  return true
}

function markLength(text: string, from: number, mark: string): number {
  let at = from
  while (text[at] === mark) at += 1
  return at - from
}

/** MyST's comments: lines that begin with `%`. */
export const comment: Rule = (state, start, end, isSilent) => {
  if (isCode(state, start) || state.text[firstOf(state, start)] !== '%') return false
  if (isSilent) return true
  let next = start + 1
  while (next < end && state.text[firstOf(state, next)] === '%') next += 1
  state.line = next
  return true
}

/** MyST's break between cells: `+++`. */
export const blockBreak: Rule = (state, start, _end, isSilent) => {
  if (isCode(state, start)) return false
  const text = textAt(state, start)
  if (text[0] !== '+') return false
  let at = 1
  let count = 1
  for (; at < text.length && (text[at] === '+' || isSpace(text[at])); at += 1) if (text[at] === '+') count += 1
  if (count < 3) return false
  if (isSilent) return true
  state.line = start + 1
  if (state.level === 0) state.listener.onBreak(start, text.slice(at).trim())
  return true
}

/** MyST's target: `(name)=`. */
export const target: Rule = (state, start, _end, isSilent) => {
  if (isCode(state, start)) return false
  const text = textAt(state, start).trim()
  if (!text.startsWith('(') || !text.endsWith(')=') || text.length < 4) return false
  if (!isSilent) state.line = start + 1
  return true
}

export const ruler: Rule = (state, start, _end, isSilent) => {
  if (isCode(state, start)) return false
  const text = textAt(state, start)
  const mark = text[0]
  if (mark !== '*' && mark !== '-' && mark !== '_') return false
  let count = 0
  for (const char of text) {
    if (char === mark) count += 1
    else if (!isSpace(char)) return false
  }
  if (count < 3) return false
  if (!isSilent) state.line = start + 1
  return true
}

export const heading: Rule = (state, start, _end, isSilent) => {
  if (isCode(state, start) || !/^#{1,6}(?:[ \t]|$)/.test(textAt(state, start).slice(0, 8))) return false
  if (!isSilent) state.line = start + 1
  return true
}

/** A heading that is underlined by `===` or `---`. */
export const underlined: Rule = (state, start, end, isSilent) => {
  if (isSilent || isCode(state, start)) return false
  state.parent = 'paragraph'
  for (let next = start + 1; next < end && !isEmptyLine(state, next); next += 1) {
    const indent = indentOf(state, next)
    if (indent - state.blockIndent > 3) continue
    if (indent >= state.blockIndent && isUnderline(state, next)) {
      state.line = next + 1
      return true
    }
    if (indent >= 0 && state.isInterrupted('paragraph', next, end)) return false
  }
  return false
}

function isUnderline(state: State, line: number): boolean {
  const first = firstOf(state, line)
  const mark = state.text[first]
  if (mark !== '-' && mark !== '=') return false
  return skipSpaces(state, first + markLength(state.text, first, mark)) >= lineEnd(state, line)
}

/** What is nothing else. */
export const paragraph: Rule = (state, start) => {
  const { parent, lineMax } = state
  state.parent = 'paragraph'
  let next = start + 1
  for (; next < lineMax && !isEmptyLine(state, next); next += 1) {
    const indent = indentOf(state, next)
    if (indent - state.blockIndent > 3 || indent < 0) continue
    if (state.isInterrupted('paragraph', next, lineMax)) break
  }
  state.line = next
  state.parent = parent
  return true
}
