import { randomUUID } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Trace, traceOf } from '../net/trace.ts'
import { pathOf } from '../seats/spelling.ts'
import { type ClientOf, clientBehind } from './listen/trusted-proxies.ts'
import type { ExchangeRecord } from './metrics/counters.ts'

/** One request at the public listener: a plain request or an upgrade to a WebSocket. */
export interface Exchange {
  /** The request's id in logs, at the hub and on error pages. */
  id: string
  req: IncomingMessage
  method: string
  /** Path and query, byte for byte as sent. For an absolute request target: the part after the host. */
  url: string
  path: string
  /** The client's address; behind trusted proxies, the address that they report. `unknown` on a unix socket. */
  client: string
  /** All values of `Host`, and the host of an absolute request target unless it equals the only `Host`. */
  hosts: string[]
  /** How the client framed its body. Read at the start, because the headers that are forwarded may lack it. */
  framing: { 'content-length'?: string; 'transfer-encoding'?: string }
  /** The connection and first bytes of an upgrade, which has no response of its own. Undefined for a plain request. */
  upgrade: { socket: Socket; head: Buffer } | undefined
  /** The response. For an upgrade it is created on the first call, when the answer is not a 101. */
  response(): ServerResponse
  /** Whether the client has left, so that no answer can reach it. */
  hasLeft(): boolean
  /** Returns the trace that the request belongs to: the client's, or a new one. */
  trace(): Trace
  /** Ends the connection. */
  cut(): void
  /** The facts for the request's line in the log. */
  record: ExchangeRecord
}

export function newExchange(
  req: IncomingMessage,
  answer: ServerResponse | { socket: Socket; head: Buffer },
  clientOf: ClientOf = clientBehind(),
): Exchange {
  const upgrade = answer instanceof ServerResponse ? undefined : answer
  let response = answer instanceof ServerResponse ? answer : undefined
  let trace: Trace | undefined
  const id = randomUUID()
  const url = afterHost(req.url ?? '/')
  return {
    id,
    req,
    method: req.method ?? 'GET',
    url,
    path: pathOf(url),
    client: clientOf(req.socket.remoteAddress, req.headers['x-forwarded-for']?.toString()),
    hosts: hostsOf(req),
    framing: framingOf(req.headers),
    upgrade,
    response() {
      response ??= responseOn(req, upgrade?.socket)
      return response
    },
    trace() {
      trace ??= traceOf(req.headers.traceparent, id)
      return trace
    },
    hasLeft: () => req.socket.destroyed || (response?.destroyed ?? false),
    cut: () => void req.socket.destroy(),
    record: { started: performance.now(), by: 'proxy', why: {} },
  }
}

/** Returns what a question of the proxy's own says about the request that causes it. */
export function causeOf({ id, trace }: Exchange): { request: string; traceparent: string } {
  return { request: id, traceparent: trace().traceparent }
}

function framingOf(headers: IncomingMessage['headers']): Exchange['framing'] {
  const encoding = headers['transfer-encoding']
  const length = headers['content-length']
  if (encoding !== undefined) return { 'transfer-encoding': encoding }
  return length === undefined ? {} : { 'content-length': length }
}

/**
 * Returns all hosts that a request names. A client that takes this proxy for a forward proxy sends
 * `GET http://host/path`, and then that host counts too.
 */
function hostsOf(req: IncomingMessage): string[] {
  const hosts: string[] = []
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(req.rawHeaders[i + 1] ?? '')
  }
  const absolute = absoluteTarget.exec(req.url ?? '')?.[1]
  return absolute === undefined || (hosts.length === 1 && hosts[0] === absolute) ? hosts : [...hosts, absolute]
}

function afterHost(url: string): string {
  const absolute = absoluteTarget.exec(url)
  if (absolute === null) return url
  const rest = url.slice(absolute[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

const absoluteTarget = /^https?:\/\/([^/?#]*)/i

function responseOn(req: IncomingMessage, socket: Socket | undefined): ServerResponse {
  const response = new ServerResponse(req)
  response.shouldKeepAlive = false
  if (socket !== undefined) {
    response.assignSocket(socket)
    response.on('error', () => socket.destroy())
    response.on('finish', () => socket.destroySoon())
    // Node forwards `drain` itself only until it hands the connection over.
    socket.on('drain', () => response.emit('drain'))
  }
  return response
}
