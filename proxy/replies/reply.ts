/** Writes the answers that the proxy gives by itself. */

import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http'
import { type Html, html } from '../../net/html.ts'
import { type Language, languageWanted } from '../../words/language.ts'
import { jsonIn, type Said, say } from '../../words/text.ts'
import type { Exchange } from '../exchange.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { page } from './page.ts'

/** A failure as the client sees it: what went wrong, and what the person or program can do now. */
export interface Fault {
  status: number
  /** A stable code for programs. */
  code: string
  /** A short heading for the page. */
  title: Said
  message: Said
  /** A link with which a person can go on. */
  next?: Next
  /** Another link, for a person whom the first one does not help. */
  otherwise?: Next | undefined
  /** The `frame-ancestors` directive of the page, where the server's pages may be in a frame. Default: no frame. */
  framing?: string
  headers?: OutgoingHttpHeaders
}

/** A link of a page. */
export interface Next {
  href: string
  label: Said
}

/** Answers with a fault, perhaps on a page from an error target or a folder. */
export type ReplyFault = (exchange: Exchange, fault: Fault) => Promise<void>

export function reply(exchange: Exchange, status: number, headers: OutgoingHttpHeaders, body = ''): void {
  replyBytes(exchange, status, Buffer.from(body), headers)
}

export function replyBytes(exchange: Exchange, status: number, body: Buffer, headers: OutgoingHttpHeaders): void {
  const { answer } = exchange
  answer.begin(status, STATUS_CODES[status] ?? '', {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-robots-tag': 'noindex',
    'x-request-id': exchange.id,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': body.length }),
    ...(exchange.body.isComplete ? {} : { connection: 'close' }),
  })
  exchange.record.status = status
  exchange.body.drop()
  answer.end(body)
}

export function redirect(exchange: Exchange, location: string): void {
  reply(exchange, 303, { location })
}

export interface PagePolicy {
  framing?: string | undefined
  /** The nonce of the page's one script. */
  nonce?: string
  /** Whether the script may send requests to the page's own origin. */
  asks?: boolean
  /** Whether it is the page of the strip, with a frame and files of the server's host. */
  isDesk?: boolean
}

export function replyPage(
  exchange: Exchange,
  status: number,
  content: Html,
  { framing = "frame-ancestors 'none'", nonce, asks = false, isDesk = false }: PagePolicy = {},
  headers: OutgoingHttpHeaders = {},
): void {
  const script = nonce === undefined ? '' : `; script-src 'nonce-${nonce}'`
  const own = asks ? "; connect-src 'self'" : ''
  const style = isDesk
    ? `'nonce-${nonce}'; frame-src *; img-src 'self' data:; font-src 'self'; form-action 'none'`
    : "'unsafe-inline'"
  const policy = `default-src 'none'; style-src ${style}; base-uri 'none'; ${framing}${script}${own}`
  const language = pageLanguage(exchange)
  const ours = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'content-language': language,
    vary: 'accept-language',
  }
  reply(exchange, status, { ...ours, ...headers }, content.in?.(language) ?? content.html)
}

/** Returns the language of a page: its course's, else the one that the browser wants, else the site's, else English. */
export function pageLanguage({ headers, language, siteLanguage }: Exchange): Language {
  return language ?? languageWanted(headers['accept-language'] ?? '') ?? siteLanguage ?? 'en'
}

/** Returns the language of an answer in JSON: as that of a page for browsers, which all name languages, and English for programs. */
function languageOfJson(exchange: Exchange): Language {
  return /[a-z]/i.test(exchange.headers['accept-language'] ?? '') ? pageLanguage(exchange) : 'en'
}

export function json(exchange: Exchange, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  const body = jsonIn(value, languageOfJson(exchange))
  reply(exchange, status, { 'content-type': 'application/json', ...headers }, `${body}\n`)
}

/** Answers a fault with a page where a person looks at pages, and with JSON otherwise. */
export function replyFault(exchange: Exchange, fault: Fault): void {
  const { status, code, title, message, next, otherwise, framing, headers } = fault
  exchange.record.why.error = code
  if (!wantsPage(exchange)) {
    json(exchange, status, { error: code, message, status, error_id: exchange.id }, headers)
    return
  }
  // Only what is broken on our side is better a moment later, and only that is in the log as an error.
  const isOurs = status >= 500
  const reload =
    isOurs && ['GET', 'HEAD'].includes(exchange.method) && html`<a class="button" href="">${say`Reload this page`}</a>`
  const onward = next && html`<a class="button${reload && ' plain'}" href="${next.href}">${next.label}</a>`
  const body = html`<p>${message}</p>
${(reload || onward) && html`<p class="row">${reload}${onward}</p>`}
${otherwise && html`<p><a href="${otherwise.href}">${otherwise.label}</a></p>`}
${isOurs && html`<p class="id">${say`Reference: ${html`<code>${exchange.id}</code>`}`}</p>`}`
  replyPage(exchange, status, page({ title, body }), { framing }, headers)
}

/** Returns the `frame-ancestors` for a page that may show in a frame before it is known which server it concerns. */
export function anyServersFraming({ table }: { table: Pick<RouteTable, 'ancestors'> }, exchange: Exchange): string {
  const ancestors = inFrame(exchange) ? table.ancestors() : []
  return `frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`
}

export function inFrame({ headers }: Exchange): boolean {
  return ['iframe', 'frame'].includes(headers['sec-fetch-dest'] ?? '')
}

function wantsPage({ headers, upgrade }: Exchange): boolean {
  if (upgrade !== undefined) return false
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? (headers.accept ?? '').includes('text/html') : mode === 'navigate'
}
