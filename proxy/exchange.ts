import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { type Trace, traceOf } from '../net/trace.ts'
import { pathOf } from '../seats/spelling.ts'
import type { Language } from '../words/language.ts'
import type { Answer } from './http/answer.ts'
import type { ClientRequest } from './http/client-connection.ts'
import { headerValues } from './http/headers.ts'
import type { RequestBody } from './http/request-body.ts'
import { type ClientOf, clientBehind } from './listen/trusted-proxies.ts'
import type { ExchangeRecord } from './metrics/counters.ts'

/** One request at the public listener: a plain request or an upgrade to a WebSocket. */
export interface Exchange {
  /** The request's id in logs, at the hub and on error pages. */
  id: string
  socket: Socket
  method: string
  /** The version of HTTP that the client speaks. */
  version: string
  /** Path and query, byte for byte as sent. For an absolute request target: the part after the host. */
  url: string
  path: string
  headers: IncomingHttpHeaders
  /** Names and values in turn, as sent. */
  rawHeaders: readonly string[]
  /** All values of `Authorization`. */
  authorizations: string[]
  /** The client's address; behind trusted proxies, the address that they report. `unknown` on a unix socket. */
  client: string
  /** All values of `Host`, and the host of an absolute request target unless it equals the only `Host`. */
  hosts: string[]
  /** How the client framed its body. */
  framing: { 'content-length'?: string; 'transfer-encoding'?: string }
  body: RequestBody
  /** The answer; not used where an upgrade is answered with a 101. */
  answer: Answer
  /** The connection and first bytes of an upgrade. Undefined for a plain request. */
  upgrade: { socket: Socket; head: Buffer } | undefined
  /** Whether the client has left, so that no answer can reach it. */
  hasLeft(): boolean
  /** Returns the trace that the request belongs to: the client's, or a new one. */
  trace(): Trace
  /** Ends the connection. */
  cut(): void
  /** The language of the course whose server the request is about, once that is known to have one. */
  language: Language | undefined
  /** The language of the site, once that is known not to be English. */
  siteLanguage: Language | undefined
  /** The facts for the request's line in the log. */
  record: ExchangeRecord
}

export function newExchange(request: ClientRequest, clientOf: ClientOf = clientBehind()): Exchange {
  const { socket, method, version, target, headers, rawHeaders, body, answer, upgrade } = request
  let trace: Trace | undefined
  const id = randomUUID()
  const absolute = target.startsWith('/') ? undefined : (absoluteTarget.exec(target) ?? undefined)
  const url = absolute === undefined ? target : afterHost(target, absolute[0])
  return {
    id,
    socket,
    method,
    version,
    url,
    path: pathOf(url),
    headers,
    rawHeaders,
    authorizations: headers.authorization === undefined ? [] : headerValues(rawHeaders, 'authorization'),
    client: clientOf(socket.remoteAddress, headers['x-forwarded-for']?.toString()),
    hosts: hostsOf(rawHeaders, absolute?.[1]),
    framing: framingOf(headers),
    body,
    answer,
    upgrade,
    trace() {
      trace ??= traceOf(headers.traceparent, id)
      return trace
    },
    hasLeft: () => answer.hasLeft,
    cut: () => void socket.destroy(),
    language: undefined,
    siteLanguage: undefined,
    record: { started: performance.now(), by: 'proxy', why: {} },
  }
}

/** Returns what a question of the proxy's own says about the request that causes it. */
export function causeOf({ id, trace }: Exchange): { request: string; traceparent: string } {
  return { request: id, traceparent: trace().traceparent }
}

function framingOf(headers: IncomingHttpHeaders): Exchange['framing'] {
  const encoding = headers['transfer-encoding']
  const length = headers['content-length']
  if (encoding !== undefined) return { 'transfer-encoding': encoding }
  return length === undefined ? {} : { 'content-length': length }
}

/**
 * Returns all hosts that a request names. A client that takes this proxy for a forward proxy sends
 * `GET http://host/path`, and then that host counts too.
 */
function hostsOf(rawHeaders: readonly string[], absolute: string | undefined): string[] {
  const hosts = headerValues(rawHeaders, 'host')
  return absolute === undefined || (hosts.length === 1 && hosts[0] === absolute) ? hosts : [...hosts, absolute]
}

function afterHost(target: string, before: string): string {
  const rest = target.slice(before.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

const absoluteTarget = /^https?:\/\/([^/?#]*)/i
