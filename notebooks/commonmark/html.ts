/** Blocks of HTML, which end at a line that says so or at a blank one. Fences inside are text. */
import { firstOf, indentOf, isCode, isEmptyLine, type Rule, textAt } from './state.ts'

const names =
  'address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt ' +
  'fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link ' +
  'main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead ' +
  'title tr track ul'

const value = `(?:[^"'=<>\`\\x00-\\x20]+|'[^']*'|"[^"]*")`
const attribute = `(?:\\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\\s*=\\s*${value})?)`
const tag = `^(?:<[A-Za-z][A-Za-z0-9-]*${attribute}*\\s*/?>|</[A-Za-z][A-Za-z0-9-]*\\s*>)\\s*$`

/** How a block begins, what ends it if it is not a blank line, and whether it may end a paragraph. */
const kinds: [begin: RegExp, end: RegExp | undefined, endsParagraph: boolean][] = [
  [/^<(?:script|pre|style|textarea)(?=\s|>|$)/i, /<\/(?:script|pre|style|textarea)>/i, true],
  [/^<!--/, /-->/, true],
  [/^<\?/, /\?>/, true],
  [/^<![A-Za-z]/, />/, true],
  [/^<!\[CDATA\[/, /\]\]>/, true],
  [new RegExp(`^</?(?:${names.replaceAll(' ', '|')})(?=\\s|/?>|$)`, 'i'), undefined, true],
  [new RegExp(tag), undefined, false],
]

export const htmlBlock: Rule = (state, start, end, isSilent) => {
  if (isCode(state, start) || state.text[firstOf(state, start)] !== '<') return false
  const text = textAt(state, start)
  const kind = kinds.find(([begin]) => begin.test(text))
  if (kind === undefined) return false
  const [, ending, endsParagraph] = kind
  if (isSilent) return endsParagraph
  let next = start + 1
  if (ending?.test(text) !== true) {
    for (; next < end; next += 1) {
      const isBlank = isEmptyLine(state, next)
      if (indentOf(state, next) < state.blockIndent && (ending === undefined || !isBlank)) break
      if (ending === undefined && isBlank) break
      if (ending?.test(textAt(state, next)) === true) {
        next += 1
        break
      }
    }
  }
  state.line = next
  return true
}
