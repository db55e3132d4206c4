/** What becomes of a request's headers on the way to hub, server or foreign backend. */
import type { OutgoingHttpHeaders } from 'node:http'
import { TLSSocket } from 'node:tls'
import { isOurCookie } from '../../seats/cookie.ts'
import { proxyAuthHeader } from '../../seats/links.ts'
import { withoutToken } from '../../seats/spelling.ts'
import type { Exchange } from '../exchange.ts'
import { commandsBehind } from './commands.ts'
import { endToEnd } from './hop-by-hop.ts'

/** How the outside speaks to us, from our settings and never from a request. */
export interface Outside {
  scheme: 'http' | 'https'
}

/** For a server: nothing that tells who the learner is to others, nothing that outside programs made up. */
export function toServerHeaders(exchange: Exchange, outside: Outside, token: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = endToEnd(exchange.req.headers, isMadeUp)
  const cookies = withoutOurCookies(exchange.req.headers.cookie)
  if (cookies !== undefined) headers.cookie = cookies
  headers.authorization = `token ${token}`
  // Jupyter logs the Referer of what fails, and somebody else's token is not for its server.
  if (headers.referer !== undefined) headers.referer = withoutToken(String(headers.referer))
  return Object.assign(headers, forwardedBy(exchange, outside))
}

/** For the hub, which believes `X-Forwarded-*` only together with the proxies' own secret. */
export function toHubHeaders(exchange: Exchange, outside: Outside, proxyToken: string): OutgoingHttpHeaders {
  return {
    ...endToEnd(exchange.req.headers, commandsBehind),
    ...forwardedBy(exchange, outside),
    [proxyAuthHeader]: proxyToken,
    'x-request-id': exchange.id,
  }
}

/** For a route without `access`: as configurable-http-proxy does it, which appends to what the client says. */
export function toForeignHeaders(exchange: Exchange): OutgoingHttpHeaders {
  const headers = endToEnd(exchange.req.headers)
  const append = (name: string, value: string) => {
    const earlier = headers[name]
    headers[name] = earlier === undefined || earlier === '' ? value : `${earlier},${value}`
  }
  const cookies = withoutOurCookies(exchange.req.headers.cookie)
  if (cookies === undefined) delete headers.cookie
  else headers.cookie = cookies
  const isTls = exchange.req.socket instanceof TLSSocket
  append('x-forwarded-for', exchange.req.socket.remoteAddress ?? 'unknown')
  append('x-forwarded-port', /:(\d+)$/.exec(exchange.hosts[0] ?? '')?.[1] ?? (isTls ? '443' : '80'))
  append('x-forwarded-proto', `${exchange.upgrade === undefined ? 'http' : 'ws'}${isTls ? 's' : ''}`)
  headers['x-forwarded-host'] ??= exchange.hosts[0] ?? ''
  return headers
}

/** What a server gets from us alone: its own token, and the learner's cookies without ours. */
function isMadeUp(name: string): boolean {
  return name === 'authorization' || name === 'cookie' || commandsBehind(name)
}

function forwardedBy(exchange: Exchange, { scheme }: Outside): OutgoingHttpHeaders {
  return {
    'x-forwarded-for': exchange.client,
    'x-forwarded-proto': scheme,
    'x-forwarded-host': exchange.hosts[0] ?? '',
  }
}

function withoutOurCookies(header: string | undefined): string | undefined {
  const kept = header?.split(';').filter((pair) => !isOurCookie(pair.split('=', 1)[0] ?? ''))
  return kept === undefined || kept.length === 0 ? undefined : kept.join(';').trim()
}
