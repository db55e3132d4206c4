/** The outputs that are stored with a cell, in the form in which each can be shown without a script. */
import { html } from '../../../net/html.ts'
import { pictureData } from '../html/pictures.ts'
import { leftOut, safeHtml } from '../html/safe-html.ts'
import { renderLimits } from '../limits.ts'
import { terminalText } from './ansi.ts'

export interface OutputParts {
  markdown(source: string): string
  math(formula: string): string
  picture(picture: { src: string; alt: string; attributes: string }): string
  /** As in `AroundHtml`. */
  seen: string
}

type Json = Readonly<Record<string, unknown>>

/** Returns the outputs of a cell as HTML; '' for none. */
export function shownOutputs(outputs: unknown, parts: OutputParts): string {
  if (!Array.isArray(outputs)) return ''
  const shown = joinStreams(outputs.filter(isMap))
  const rest = shown.length - renderLimits.outputs
  const first = shown.slice(0, renderLimits.outputs).map((output) => shownOutput(output, parts))
  return [...first, ...(rest > 0 ? [leftOut(`${rest} more outputs of this cell.`)] : [])].join('')
}

/** Joins texts that a program has written to the same place in a row, as Jupyter shows them. */
function joinStreams(outputs: readonly Json[]): Json[] {
  const joined: Json[] = []
  for (const output of outputs) {
    const last = joined.at(-1)
    const isMore = output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name
    if (isMore) joined[joined.length - 1] = { ...last, text: joinedText(last.text) + joinedText(output.text) }
    else joined.push(output)
  }
  return joined
}

function shownOutput(output: Json, parts: OutputParts): string {
  switch (output.output_type) {
    case 'stream':
      return terminal(joinedText(output.text), output.name === 'stderr' ? 'stream stderr' : 'stream')
    case 'error': {
      const trace = Array.isArray(output.traceback) ? output.traceback.map(joinedText).join('\n') : ''
      return terminal(trace || `${joinedText(output.ename)}: ${joinedText(output.evalue)}`, 'error')
    }
    case 'display_data':
    case 'execute_result':
      return isMap(output.data) ? richOutput(output.data, output.metadata, parts) : ''
    default:
      return ''
  }
}

/** Returns the richest form of an output that shows something without a script. */
function richOutput(data: Json, metadata: unknown, parts: OutputParts): string {
  const of = (mime: string) => (data[mime] === undefined ? undefined : joinedText(data[mime]))
  if (data['application/vnd.jupyter.widget-view+json'] !== undefined)
    return leftOut(`controls that you can use ${parts.seen}.`)
  const markup = of('text/html')
  if (markup !== undefined) {
    if (markup.length > renderLimits.outputHtml) return leftOut('an output that is too large for this page.')
    const made = safeHtml(markup, parts)
    if (hasSomething(made)) return `<div class="html">${made}</div>`
  }
  const [mime, text] = [
    'text/markdown',
    'image/svg+xml',
    'image/png',
    'image/jpeg',
    'image/gif',
    'image/webp',
    'text/latex',
    'application/json',
    'text/plain',
  ]
    .map((one) => [one, of(one)] as const)
    .find(([, found]) => found !== undefined) ?? ['', undefined]
  if (text === undefined)
    return markup === undefined && Object.keys(data).length === 0
      ? ''
      : leftOut(`an output that you see ${parts.seen}.`)
  if (mime === 'text/markdown') return parts.markdown(text.slice(0, renderLimits.source))
  if (mime.startsWith('image/')) return pictureOf(mime, text, of('text/plain'), metadata)
  if (mime === 'text/latex')
    return `<div class="html">${parts.math(text.trim().replace(/^\${1,2}([\s\S]*?)\${1,2}$/, '$1'))}</div>`
  if (mime === 'application/json') return terminal(JSON.stringify(data[mime], undefined, 2) ?? '', 'result')
  // What is drawn by a script has no more than a name here.
  if (markup !== undefined && /^<?[\w.]+(\(.*\)|[^\n]*>)$/.test(text.slice(0, 300)))
    return leftOut(`a figure that you see ${parts.seen}.`)
  return terminal(text, 'result')
}

function pictureOf(mime: string, text: string, plain: string | undefined, metadata: unknown): string {
  const base64 = mime === 'image/svg+xml' ? Buffer.from(text).toString('base64') : text
  const src = pictureData(mime, base64)
  if (src === 'too large') return leftOut('a picture that is too large for this page.')
  if (src === undefined) return leftOut('a picture that cannot be read.')
  const size = isMap(metadata) && isMap(metadata[mime]) ? metadata[mime] : {}
  const width =
    Number.isInteger(size.width) && Number(size.width) > 0 && Number(size.width) <= 4000
      ? html` width="${Number(size.width)}"`
      : undefined
  const alt = plain === undefined || /^<.*>$/.test(plain.trim()) ? 'Output of the cell above' : plain.slice(0, 200)
  return html`<p><img src="${src}" alt="${alt}"${width}></p>`.html
}

function terminal(text: string, kind: string): string {
  const { text: most } = renderLimits
  const shown = text.length > most ? text.slice(0, most) : text
  const cut = text.length > most ? leftOut('the rest of this output, which is long.') : ''
  return shown.trim() === '' ? cut : `<pre class="${kind}">${terminalText(shown.replace(/\n+$/, ''))}</pre>${cut}`
}

function hasSomething(made: string): boolean {
  return made.includes('<img') || made.includes('left-out') || made.replace(/<[^>]*>/g, '').trim() !== ''
}

/** Returns a text, which may be a list of its lines. */
export function joinedText(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : ''
}

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
