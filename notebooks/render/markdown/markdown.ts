/** Markdown as Jupyter and MyST read it, to HTML that does nothing but show itself. */
import { randomUUID } from 'node:crypto'
import markdownIt, { type MarkdownIt, type Token } from 'markdown-it'
import { html } from '../../../net/html.ts'
import { colouredCode } from '../code.ts'
import { type AroundHtml, placeElement, safeHtml } from '../html/safe-html.ts'
import { directive } from './directives.ts'
import { createMath } from './math.ts'
import { addMathRules } from './math-rules.ts'
import { addMystRules } from './myst-rules.ts'

/** Directives in one another. */
const mostNested = 6

/** Returns what makes Markdown to HTML, for the cells of one notebook. */
export function createMarkdown(language: string | undefined) {
  const math = createMath()
  // What we make ourselves gets its place in the text by a name that no notebook can know.
  const secret = randomUUID()
  let places: string[] = []
  let depth = 0

  const placed = (made: string) => {
    places.push(made)
    return `<${placeElement} at="${secret} ${places.length - 1}"></${placeElement}>`
  }
  const code = (source: string, name: string | undefined) =>
    placed(`<pre class="code"><code>${colouredCode(source.replace(/\n$/, ''), name)}</code></pre>`)

  const markdown: MarkdownIt = markdownIt({ html: true, linkify: false, breaks: false, maxNesting: 50 })
  addMathRules(markdown)
  addMystRules(markdown)
  const { rules } = markdown.renderer
  rules.math = (tokens, at) => placed(math(tokens[at]?.content ?? '', tokens[at]?.markup === 'block'))
  rules.role = (tokens, at) => roleOf(tokens[at], (formula) => placed(math(formula, false)))
  rules.code_block = (tokens, at) => code(tokens[at]?.content ?? '', language)
  rules.fence = (tokens, at) => {
    const { info = '', content = '' } = tokens[at] ?? {}
    const around = { markdown: nested, code, math: (formula: string) => placed(math(formula, true)) }
    return directive(info, content, around) ?? code(content, info.trim().split(/[\s{,]/, 1)[0] || undefined)
  }
  rules.heading_open = (tokens, at, options, _env, self) => {
    const text = textOf(tokens[at + 1])
    if (text !== '') tokens[at]?.attrSet('id', text)
    return self.renderToken(tokens, at, options)
  }

  function nested(source: string): string {
    if (depth >= mostNested) return html`<pre>${source}</pre>`.html
    depth += 1
    const made = markdown.render(source)
    depth -= 1
    return made
  }

  return (source: string, surroundings: Pick<AroundHtml, 'picture' | 'seen'>): string => {
    places = []
    const own = (place: string) => {
      const [name, number] = place.split(' ')
      return name === secret ? places[Number(number)] : undefined
    }
    return safeHtml(markdown.render(source), { ...surroundings, own })
  }
}

/** Returns the text of a heading, by which links in notebooks name it. */
function textOf(token: Token | undefined): string {
  return (token?.children ?? [])
    .map(({ type, content }) => (/^(text|code_inline|math)$/.test(type) ? content : ''))
    .join('')
}

function roleOf(token: Token | undefined, math: (formula: string) => string): string {
  const { info = '', content = '' } = token ?? {}
  if (info === 'math') return math(content)
  const [, shown] = /^(.*\S)\s*<[^>]*>$/.exec(content) ?? []
  if (/^(sub|sup|kbd|abbr)$/.test(info)) return html`<${info}>${content}</${info}>`.html
  if (/^(ref|numref|eq|doc|term|any|download|prf:ref|cite)/.test(info)) return html`<em>${shown ?? content}</em>`.html
  return html`<code>${shown ?? content}</code>`.html
}
