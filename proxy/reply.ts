/** Answers that the proxy gives by itself. */
import type { OutgoingHttpHeaders } from 'node:http'
import { escapeHtml, page } from './html.ts'
import type { Visit } from './visit.ts'

/** What went wrong, and what the person (or program) in front can do now. */
export interface Fault {
  status: number
  /** A stable word for programs. */
  code: string
  /** For the page: a short heading. */
  title: string
  message: string
  /** Where a person can go on. */
  next?: { href: string; label: string }
  headers?: OutgoingHttpHeaders
}

export function reply(visit: Visit, status: number, headers: OutgoingHttpHeaders, body = ''): void {
  const response = visit.response()
  visit.record.status = status
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-robots-tag': 'noindex',
    'x-request-id': visit.id,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...(visit.req.complete || Object.keys(visit.framing).length === 0 ? {} : { connection: 'close' }),
  })
  visit.req.resume()
  response.end(visit.method === 'HEAD' ? undefined : body)
}

export function redirect(visit: Visit, location: string): void {
  reply(visit, 303, { location })
}

export function html(visit: Visit, status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
  reply(visit, status, { 'content-type': 'text/html; charset=utf-8', ...pagePolicy, ...headers }, text)
}

const pagePolicy = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'" }

export function json(visit: Visit, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  reply(visit, status, { 'content-type': 'application/json', ...headers }, `${JSON.stringify(value)}\n`)
}

/** A page for those who look at one, JSON for the rest. */
export function replyFault(visit: Visit, { status, code, title, message, next, headers }: Fault): void {
  visit.record.why.error = code
  if (!wantsPage(visit)) {
    json(visit, status, { error: code, message, status, error_id: visit.id }, headers)
    return
  }
  const link = next && `<p><a href="${escapeHtml(next.href)}">${escapeHtml(next.label)}</a></p>`
  const id = `<p class="id">Error id: <code>${visit.id}</code></p>`
  html(visit, status, page({ title, body: `<p>${escapeHtml(message)}</p>\n${link ?? ''}\n${id}` }), headers)
}

function wantsPage({ req, upgrade }: Visit): boolean {
  if (upgrade !== undefined) return false
  const mode = req.headers['sec-fetch-mode']
  return mode === undefined ? (req.headers.accept ?? '').includes('text/html') : mode === 'navigate'
}
