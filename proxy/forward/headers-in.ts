/** Builds the request headers that a hub, a server or a foreign backend gets. */
import type { OutgoingHttpHeaders } from 'node:http'
import { TLSSocket } from 'node:tls'
import { remembered } from '../../net/remembered.ts'
import { isOurCookie } from '../../seats/cookie.ts'
import { gatewayHeader, proxyAuthHeader } from '../../seats/links.ts'
import type { ProgramAccess } from '../../seats/route.ts'
import { withoutToken } from '../../seats/spelling.ts'
import type { Exchange } from '../exchange.ts'
import type { Gateways } from '../listen/gateways.ts'
import { commandsBackend } from './commands.ts'
import { endToEnd } from './hop-by-hop.ts'

/** How browsers reach the proxy, according to its settings and never to a request. */
export interface Outside {
  site: { scheme: 'http' | 'https' }
  gateways: Gateways
}

/** What requests to a server carry beside what browsers send. */
export interface ServerWords {
  /** The server's own token. */
  token: string
  /** How the token is shown. Default: as Jupyter expects it. */
  authorization?: ProgramAccess['authorization'] | undefined
  /** The path that the program does not see, where it is to know of it. */
  prefix?: string | undefined
}

/**
 * Returns the headers for a learner's server: with the server's own token, without other tokens and our own cookies,
 * and without headers that a client could have forged.
 */
export function toServerHeaders(exchange: Exchange, outside: Outside, words: ServerWords): OutgoingHttpHeaders {
  const { isTheirs } = outside.gateways
  const headers: OutgoingHttpHeaders = endToEnd(exchange.headers, (name) => isMadeUp(name) || isTheirs(name))
  const cookies = withoutOurCookies(exchange.headers.cookie ?? '')
  if (cookies !== '') headers.cookie = cookies
  headers.authorization = shown(words)
  if (words.prefix !== undefined) headers['x-forwarded-prefix'] = words.prefix.slice(0, -1)
  // Jupyter logs the Referer of failed requests, and a visitor's token must not reach the owner's server.
  if (headers.referer !== undefined) headers.referer = withoutToken(String(headers.referer))
  return Object.assign(headers, forwardedBy(exchange, outside))
}

/**
 * Returns the headers for the hub, which believes `X-Forwarded-*` and the words of gateways only together with the
 * proxies' own secret.
 */
export function toHubHeaders(exchange: Exchange, outside: Outside, proxyToken: string): OutgoingHttpHeaders {
  return {
    ...endToEnd(exchange.headers, (name) => commandsBackend(name) || outside.gateways.isTheirs(name)),
    ...forwardedBy(exchange, outside),
    [proxyAuthHeader]: proxyToken,
    [gatewayHeader]: outside.gateways.wordsOf(exchange),
    'x-request-id': exchange.id,
  }
}

/** Returns the headers for a route without `access`. Appends to `X-Forwarded-*`, as configurable-http-proxy does. */
export function toForeignHeaders(exchange: Exchange, { isTheirs }: Gateways): OutgoingHttpHeaders {
  const headers = endToEnd(exchange.headers, isTheirs)
  const append = (name: string, value: string) => {
    const earlier = headers[name]
    headers[name] = earlier === undefined || earlier === '' ? value : `${earlier},${value}`
  }
  const cookies = withoutOurCookies(headers.cookie ?? '')
  if (cookies !== headers.cookie) headers.cookie = cookies === '' ? undefined : cookies
  const isTls = exchange.socket instanceof TLSSocket
  append('x-forwarded-for', exchange.socket.remoteAddress ?? 'unknown')
  append('x-forwarded-port', /:(\d+)$/.exec(exchange.hosts[0] ?? '')?.[1] ?? (isTls ? '443' : '80'))
  append('x-forwarded-proto', `${exchange.upgrade === undefined ? 'http' : 'ws'}${isTls ? 's' : ''}`)
  headers['x-forwarded-host'] ??= exchange.hosts[0] ?? ''
  return headers
}

/** Returns the `Authorization` by which a request shows the server's token. A program that checks none gets none. */
function shown({ token, authorization = 'token' }: ServerWords): string | undefined {
  switch (authorization) {
    case 'none':
      return undefined
    case 'token':
      return `token ${token}`
    case 'bearer':
      return `Bearer ${token}`
    case 'basic':
      return `Basic ${Buffer.from(`carrel:${token}`).toString('base64')}`
  }
}

/** Whether a client's header is dropped on the way to a server. `authorization` and `cookie` are written anew. */
function isMadeUp(name: string): boolean {
  return name === 'authorization' || name === 'cookie' || commandsBackend(name)
}

function forwardedBy(exchange: Exchange, { site: { scheme } }: Outside): OutgoingHttpHeaders {
  return {
    'x-forwarded-for': exchange.client,
    'x-forwarded-proto': scheme,
    'x-forwarded-host': exchange.hosts[0] ?? '',
    ...traced(exchange),
  }
}

function traced({ headers, trace }: Exchange): OutgoingHttpHeaders {
  const { traceparent, isContinued } = trace()
  return { traceparent, tracestate: isContinued ? headers.tracestate : undefined }
}

/** Returns the cookies that are not ours; empty where none is left. */
const withoutOurCookies = remembered((header) =>
  header
    .split(';')
    .filter((pair) => !isOurCookie(pair.split('=', 1)[0] ?? ''))
    .join(';')
    .trim(),
)
