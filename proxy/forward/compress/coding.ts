/** Decides which answers are compressed and how, and what their heads say then. Pure. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { remembered } from '../../../net/remembered.ts'

/** The codings in which the proxy compresses, by what they cost: of two that a client likes alike it takes the first. */
export const codings = ['zstd', 'br', 'gzip'] as const

export type Coding = (typeof codings)[number]

/** What decides whether an answer may be compressed, apart from what the client understands. */
export interface Answering {
  request: { method: string; version: string; headers: IncomingHttpHeaders }
  status: number
  /** The headers as the server wrote them. */
  headers: IncomingHttpHeaders
  /** The length of the body; undefined where only its end tells. */
  length: number | undefined
}

/** Below this a body takes one packet in any case, and compressing it costs more than it saves. */
const shortBytes = 1400

/**
 * Whether a compressed answer would mean the same as this one, and be shorter. What a server has compressed or signed, a
 * part of a file and a download stay as they are: so a download keeps its length, and can be taken up again. HTTP/1.0 has
 * no chunks, so that a half of a compressed body would look like the whole.
 */
export function isCompressible({ request, status, headers, length }: Answering): boolean {
  if (request.method === 'HEAD' || request.version === '1.0' || (status !== 200 && status < 400)) return false
  if (length !== undefined && length < shortBytes) return false
  if (!isText(headers['content-type'] ?? '') || stays.some((name) => headers[name] !== undefined)) return false
  if (request.headers.range !== undefined || !/^(?:chunked)?$/i.test(headers['transfer-encoding'] ?? '')) return false
  if (/^\s*attachment\b/i.test(headers['content-disposition'] ?? '')) return false
  return !noTransform.test(`${request.headers['cache-control']},${headers['cache-control']}`)
}

/** Headers whose presence says that the body's bytes must stay as they are. */
const stays = [
  'content-encoding',
  'content-range',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'signature',
  'signature-input',
]

const noTransform = /(?:^|[,\s])no-transform(?:$|[,\s])/i

/** Whether a type is one of text or as good as text, and so neither compressed already nor a stream of events. */
const isText = remembered((type) => {
  const [, plain = ''] = /^\s*([^\s;]+)/.exec(type.toLowerCase()) ?? []
  if (plain === 'text/event-stream') return false
  return /^text\/./.test(plain) || /\+(?:json|xml)$/.test(plain) || textual.has(plain)
})

const textual: ReadonlySet<string> = new Set([
  'application/ecmascript',
  'application/javascript',
  'application/json',
  'application/jsonl',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-javascript',
  'application/x-ndjson',
  'application/xml',
  'font/otf',
  'font/ttf',
  // Jupyter's icon is a bitmap of 32 KB.
  'image/vnd.microsoft.icon',
  'image/x-icon',
])

/**
 * Returns the coding that a client likes best, by its `Accept-Encoding` (RFC 9110, 12.5.3). Undefined where it takes none
 * of ours, or would rather have the body as it is.
 */
export const codingFor = remembered((accepted): Coding | undefined => {
  const weights = new Map<string, number>()
  for (const part of accepted.toLowerCase().split(',')) {
    const [, name = '', weight = '1'] = /^\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$/.exec(part) ?? []
    // What cannot be read is as if it were not there.
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight))
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [best = 'gzip'] = codings.toSorted((one, other) => weightOf(other) - weightOf(one))
  return weightOf(best) > 0 && weightOf(best) >= (weights.get('identity') ?? 0) ? best : undefined
})

/** Returns the headers of an answer that a client with another `Accept-Encoding` would get in another coding. */
export function varying(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const vary = [headers.vary ?? []].flat().join(', ')
  if (/(?:^|[,\s])(?:\*|accept-encoding)(?:$|[,\s])/i.test(vary)) return headers
  return { ...headers, vary: vary === '' ? 'Accept-Encoding' : `${vary}, Accept-Encoding` }
}

/**
 * Returns the headers of an answer whose body is compressed. Its bytes are others than the server's, so a strong `ETag`
 * becomes a weak one, and a client cannot ask for the rest of them.
 */
export function compressed(headers: OutgoingHttpHeaders, coding: Coding): OutgoingHttpHeaders {
  const { 'content-length': _, 'accept-ranges': __, ...others } = varying(headers)
  return { ...others, ...weakTag(headers.etag), 'content-encoding': coding }
}

/**
 * Returns the headers of an answer 304. Where the client knows a compressed body, by a weak tag, the answer names that
 * tag, or a cache would not find what is still good.
 */
export function unchanged(headers: OutgoingHttpHeaders, request: IncomingHttpHeaders): OutgoingHttpHeaders {
  const weak = weakTag(headers.etag)
  return weak.etag !== undefined && request['if-none-match']?.includes(weak.etag) ? { ...headers, ...weak } : headers
}

function weakTag(etag: OutgoingHttpHeaders[string]): { etag?: string } {
  return typeof etag === 'string' && etag.startsWith('"') ? { etag: `W/${etag}` } : {}
}
