/** Definitions of links, `[name]: address "title"`, which are no paragraphs: what follows them is no part of them. */
import { firstOf, indentOf, isCode, isEmptyLine, isSpace, lineEnd, type Rule, type State } from './state.ts'

/** How many lines one definition may take: each is looked at several times. Longer ones are paragraphs. */
const mostLines = 200

/** Reads a definition character by character, and takes one more line when it needs one. */
class Definition {
  text: string
  next: number
  private readonly state: State
  private readonly first: number

  constructor(state: State, line: number) {
    this.state = state
    this.first = line
    this.next = line + 1
    this.text = state.text.slice(firstOf(state, line), lineEnd(state, line) + 1)
  }

  /** Adds the next line if it goes on with the definition. */
  more(): boolean {
    const { state, next } = this
    if (next - this.first > mostLines || next >= state.lineMax || isEmptyLine(state, next)) return false
    if (!isCode(state, next) && indentOf(state, next) >= 0) {
      const { parent } = state
      state.parent = 'reference'
      const isInterrupted = state.isInterrupted('reference', next, state.lineMax)
      state.parent = parent
      if (isInterrupted) return false
    }
    this.text += state.text.slice(firstOf(state, next), lineEnd(state, next) + 1)
    this.next += 1
    return true
  }

  /** Returns the position behind spaces and line ends. */
  skip(from: number): number {
    let at = from
    for (; at < this.text.length; at += 1) {
      if (this.text[at] === '\n') this.more()
      else if (!isSpace(this.text[at])) break
    }
    return at
  }

  isAtLineEnd(from: number): boolean {
    let at = from
    while (isSpace(this.text[at])) at += 1
    return at >= this.text.length || this.text[at] === '\n'
  }
}

export const reference: Rule = (state, start, _end, isSilent) => {
  if (isSilent || isCode(state, start) || state.text[firstOf(state, start)] !== '[') return false
  const definition = new Definition(state, start)
  const labelEnd = endOfLabel(definition)
  if (labelEnd === undefined || definition.text[labelEnd + 1] !== ':') return false
  const begin = definition.skip(labelEnd + 2)
  const addressEnd = endOfAddress(definition.text, begin)
  if (addressEnd === undefined || isForbidden(definition.text.slice(begin, addressEnd))) return false
  const behindAddress = definition.next
  const titleBegin = definition.skip(addressEnd)
  const titleEnd = titleBegin === addressEnd ? undefined : endOfTitle(definition, titleBegin)
  const label = definition.text.slice(1, labelEnd).trim()
  if (titleEnd !== undefined && definition.isAtLineEnd(titleEnd)) state.line = definition.next
  else if (definition.isAtLineEnd(addressEnd)) state.line = behindAddress
  else return false
  return label !== ''
}

function endOfLabel(definition: Definition): number | undefined {
  for (let at = 1; at < definition.text.length; at += 1) {
    const char = definition.text[at]
    if (char === '[') return undefined
    if (char === ']') return at
    if (char === '\\') at += 1
    if (definition.text[at] === '\n') definition.more()
  }
  return undefined
}

function endOfAddress(text: string, begin: number): number | undefined {
  if (text[begin] === '<') {
    for (let at = begin + 1; at < text.length; at += 1) {
      if (text[at] === '\n' || text[at] === '<') return undefined
      if (text[at] === '>') return at + 1
      if (text[at] === '\\') at += 1
    }
    return undefined
  }
  let depth = 0
  let at = begin
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code === 0x7f) break
    if (text[at] === '\\' && at + 1 < text.length) {
      if (text[at + 1] === ' ') break
      at += 1
    } else if (text[at] === '(') {
      depth += 1
      if (depth > 32) return undefined
    } else if (text[at] === ')') {
      if (depth === 0) break
      depth -= 1
    }
  }
  return at === begin || depth !== 0 ? undefined : Math.min(at, text.length)
}

function endOfTitle(definition: Definition, begin: number): number | undefined {
  const open = definition.text[begin]
  if (open !== '"' && open !== "'" && open !== '(') return undefined
  const close = open === '(' ? ')' : open
  for (let at = begin + 1; ; at += 1) {
    if (at >= definition.text.length && !definition.more()) return undefined
    const char = definition.text[at]
    if (char === close) return at + 1
    if (char === '(' && close === ')') return undefined
    if (char === '\\') at += 1
  }
}

/** Addresses that markdown-it takes for no link. */
function isForbidden(address: string): boolean {
  const text = address.replace(/^</, '').trim().toLowerCase()
  return /^(?:vbscript|javascript|file|data):/.test(text) && !/^data:image\/(?:gif|png|jpeg|webp);/.test(text)
}
