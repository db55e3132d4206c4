import { randomUUID } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pathOf } from '../seats/spelling.ts'
import { type ClientOf, clientBehind } from './listen/trusted-proxies.ts'

/** One request at the public listener, be it plain or asking to become a WebSocket. */
export interface Exchange {
  /** The request's id in logs, at the hub and on error pages. */
  id: string
  req: IncomingMessage
  method: string
  /** Path and query, byte for byte as sent; of an absolute request target what follows its host. */
  url: string
  path: string
  /** The address of whoever asks; behind trusted proxies, what they say it is. `unknown` on a unix socket. */
  client: string
  /** All values of `Host`. */
  hosts: string[]
  /** How the client framed its body. Taken at the start, because the engine sees other headers. */
  framing: { 'content-length'?: string; 'transfer-encoding'?: string }
  /** What a request to become a WebSocket brings instead of a response. */
  upgrade: { socket: Socket; head: Buffer } | undefined
  /** Of an upgrade: made when something else than the server answers. */
  response(): ServerResponse
  /** Nobody waits for an answer any more. */
  hasLeft(): boolean
  /** Ends the connection. */
  cut(): void
  /** For the request's line in the log. */
  record: ExchangeRecord
}

export interface ExchangeRecord {
  started: number
  /** When it was handed on, and when the head of the answer came. */
  forwarded?: number
  answered?: number
  /** Waiting for the hub while the proxy asked it something itself. */
  hubMilliseconds?: number
  /** Who answered. */
  by: 'proxy' | 'hub' | 'server'
  status?: number
  /** The row of the rules that decided, the error code, the server: whatever explains the answer. */
  why: Record<string, string | number>
}

export function newExchange(
  req: IncomingMessage,
  answer: ServerResponse | { socket: Socket; head: Buffer },
  clientOf: ClientOf = clientBehind(),
): Exchange {
  const upgrade = answer instanceof ServerResponse ? undefined : answer
  let response = answer instanceof ServerResponse ? answer : undefined
  const url = afterHost(req.url ?? '/')
  return {
    id: randomUUID(),
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
    hasLeft: () => req.socket.destroyed || (response?.destroyed ?? false),
    cut: () => void req.socket.destroy(),
    record: { started: performance.now(), by: 'proxy', why: {} },
  }
}

function framingOf(headers: IncomingMessage['headers']): Exchange['framing'] {
  const encoding = headers['transfer-encoding']
  const length = headers['content-length']
  if (encoding !== undefined) return { 'transfer-encoding': encoding }
  return length === undefined ? {} : { 'content-length': length }
}

/** Clients that believe to speak to a forward proxy send `GET http://host/path`; the host in it counts. */
function hostsOf(req: IncomingMessage): string[] {
  const hosts: string[] = []
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    if (req.rawHeaders[i]?.toLowerCase() === 'host') hosts.push(req.rawHeaders[i + 1] ?? '')
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
    // Node did this until it handed the connection over.
    socket.on('drain', () => response.emit('drain'))
  }
  return response
}
