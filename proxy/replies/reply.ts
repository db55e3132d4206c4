/** Writes the answers that the proxy gives by itself. */
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http'
import { type Html, html } from '../../net/html.ts'
import type { Exchange } from '../exchange.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { page } from './page.ts'

/** A failure as the client sees it: what went wrong, and what the person or program can do now. */
export interface Fault {
  status: number
  /** A stable code for programs. */
  code: string
  /** A short heading for the page. */
  title: string
  message: string
  /** A link with which a person can go on. */
  next?: { href: string; label: string }
  /** The `frame-ancestors` directive of the page, where the server's pages may be in a frame. Default: no frame. */
  framing?: string
  headers?: OutgoingHttpHeaders
}

/** Answers with a fault, perhaps on a page from an error target or a folder. */
export type ReplyFault = (exchange: Exchange, fault: Fault) => Promise<void>

export function reply(exchange: Exchange, status: number, headers: OutgoingHttpHeaders, body = ''): void {
  const { answer } = exchange
  exchange.record.status = status
  answer.begin(status, STATUS_CODES[status] ?? '', {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-robots-tag': 'noindex',
    'x-request-id': exchange.id,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...(exchange.body.isComplete ? {} : { connection: 'close' }),
  })
  exchange.body.drop()
  answer.end(Buffer.from(body))
}

export function redirect(exchange: Exchange, location: string): void {
  reply(exchange, 303, { location })
}

export interface PagePolicy {
  framing?: string | undefined
  /** The nonce of the page's one script. */
  nonce?: string
}

export function replyPage(
  exchange: Exchange,
  status: number,
  content: Html,
  { framing = "frame-ancestors 'none'", nonce }: PagePolicy = {},
  headers: OutgoingHttpHeaders = {},
): void {
  const script = nonce === undefined ? '' : `; script-src 'nonce-${nonce}'`
  const policy = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; ${framing}${script}`
  const ours = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }
  reply(exchange, status, { ...ours, ...headers }, content.html)
}

export function json(exchange: Exchange, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  reply(exchange, status, { 'content-type': 'application/json', ...headers }, `${JSON.stringify(value)}\n`)
}

/** Answers a fault with a page where a person looks at pages, and with JSON otherwise. */
export function replyFault(exchange: Exchange, { status, code, title, message, next, framing, headers }: Fault): void {
  exchange.record.why.error = code
  if (!wantsPage(exchange)) {
    json(exchange, status, { error: code, message, status, error_id: exchange.id }, headers)
    return
  }
  const body = html`<p>${message}</p>
${next && html`<p><a href="${next.href}">${next.label}</a></p>`}
<p class="id">Error id: <code>${exchange.id}</code></p>`
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
