/** The blocks of MyST that have a name, such as notes and figures. Those of other names are shown with their name and their text. */
import { html } from '../../../net/html.ts'

/** What a directive needs of the reader of Markdown around it. */
export interface Around {
  markdown(source: string): string
  code(source: string, language: string | undefined): string
  math(formula: string): string
}

const admonitions: ReadonlySet<string> = new Set(
  'admonition attention caution danger error exercise hint important note seealso solution tip warning prf:theorem prf:definition prf:proof'.split(
    ' ',
  ),
)
const codes: ReadonlySet<string> = new Set(['code', 'code-block', 'code-cell', 'sourcecode'])
/** What only a site that is built of the notebook needs. */
const silent: ReadonlySet<string> = new Set(['tableofcontents', 'toctree', 'index', 'bibliography', 'contents'])

/** Returns the HTML of a directive; undefined where the words behind a fence name none. */
export function directive(info: string, content: string, around: Around): string | undefined {
  const [, name, rest = ''] = /^\{([\w:+-]{1,60})\}\s*(.*)$/.exec(info.trim()) ?? []
  if (name === undefined) return undefined
  const { options, body } = optionsOf(content)
  if (silent.has(name)) return ''
  if (codes.has(name)) return around.code(body, rest.trim() || undefined)
  if (name === 'math') return html`<p>${{ html: around.math(body) }}</p>`.html
  if (name === 'image' || name === 'figure') {
    const picture =
      html`<img src="${rest.trim()}" alt="${options.get('alt') ?? ''}" width="${/^\d+/.exec(options.get('width') ?? '')?.[0] ?? ''}">`
        .html
    return name === 'image'
      ? `<p>${picture}</p>`
      : `<figure>${picture}<figcaption>${around.markdown(body)}</figcaption></figure>`
  }
  const title = rest.trim() || titleOf(name)
  const kind = admonitions.has(name) ? (options.get('class') ?? name) : 'note'
  const classes = `admonition ${kind.split(/\s+/)[0]}`
  const isHidden = options.get('class')?.includes('dropdown')
  const parts =
    html`<p class="admonition-title">${{ html: inline(around.markdown(title)) }}</p>${{ html: around.markdown(body) }}`
      .html
  if (isHidden)
    return html`<details class="${classes}"><summary>${title}</summary>${{ html: around.markdown(body) }}</details>`
      .html
  return html`<div class="${classes}">${{ html: parts }}</div>`.html
}

/** Splits the options off at the top: lines that begin with `:`, or between lines `---`. */
function optionsOf(content: string): { options: Map<string, string>; body: string } {
  const options = new Map<string, string>()
  const lines = content.split('\n')
  const isBlock = lines[0]?.trim() === '---'
  let at = isBlock ? 1 : 0
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (isBlock && line.trim() === '---') {
      at += 1
      break
    }
    const [, key, value] = (isBlock ? /^([\w-]{1,40}):\s?(.*)$/ : /^\s*:([\w-]{1,40}):\s?(.*)$/).exec(line) ?? []
    if (key === undefined) {
      if (!isBlock) break
      continue
    }
    options.set(key, (value ?? '').trim())
  }
  return { options, body: lines.slice(at).join('\n').replace(/\n$/, '') }
}

function titleOf(name: string): string {
  const last = name.split(':').at(-1) ?? name
  return last === 'seealso' ? 'See also' : last.charAt(0).toUpperCase() + last.slice(1).replaceAll('-', ' ')
}

/** Returns the inside of a paragraph. */
function inline(paragraph: string): string {
  return paragraph.trim().replace(/^<p>([\s\S]*)<\/p>$/, '$1')
}
