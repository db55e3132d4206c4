/** Finds what MyST adds to Markdown: directives between colons, roles, names of places, and comments. */
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'

/** Teaches a reader of Markdown about MyST: tokens `fence` for directives between colons, and `role`. */
export function addMystRules(markdown: MarkdownIt): void {
  markdown.block.ruler.before('fence', 'colon_fence', colonFence, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  })
  markdown.block.ruler.before('table', 'place_name', placeName)
  markdown.block.ruler.before('table', 'comment', comment, { alt: ['paragraph'] })
  markdown.inline.ruler.before('backticks', 'role', role)
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line])
}

function colonFence(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const [, colons, info] = /^(:{3,})\s*(\{[\w:+-]{1,60}\}.*)$/.exec(lineOf(state, startLine)) ?? []
  if (colons === undefined || info === undefined) return false
  if (silent) return true
  let line = startLine + 1
  while (line < endLine && !isEnd(lineOf(state, line), colons.length)) line += 1
  const token = state.push('fence', 'div', 0)
  token.info = info
  token.content = state.getLines(startLine + 1, line, state.blkIndent, true)
  token.markup = colons
  token.map = [startLine, line]
  state.line = Math.min(line + 1, endLine)
  return true
}

function isEnd(line: string, count: number): boolean {
  return line.startsWith(':'.repeat(count)) && /^:+\s*$/.test(line)
}

/** A line such as `(place)=` names what comes next. */
function placeName(state: StateBlock, startLine: number, _endLine: number, silent: boolean): boolean {
  const [, name] = /^\(([\w-]{1,100})\)=\s*$/.exec(lineOf(state, startLine)) ?? []
  if (name === undefined) return false
  if (!silent) {
    const token = state.push('html_block', '', 0)
    token.content = `<a id="${name}"></a>`
    state.line = startLine + 1
  }
  return true
}

/** A line that begins with `%` is for authors. */
function comment(state: StateBlock, startLine: number, _endLine: number, silent: boolean): boolean {
  if (!/^%\s/.test(lineOf(state, startLine))) return false
  if (!silent) state.line = startLine + 1
  return true
}

function role(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== '{') return false
  const [all, name, content] =
    /^\{([a-z][\w:+-]{0,40})\}`([^`\n]{1,500})`/.exec(state.src.slice(state.pos, state.pos + 600)) ?? []
  if (all === undefined || name === undefined || content === undefined) return false
  if (!silent) {
    const token = state.push('role', '', 0)
    token.info = name
    token.content = content
  }
  state.pos += all.length
  return true
}
