import type Koa from 'koa'
import { isSameSecret } from '../../net/same-secret.ts'
import { proxyAuthHeader } from '../../seats/links.ts'

/** The part of a hub that recognizes its proxies. */
export interface KnowsProxies {
  secrets: { proxyToken: string }
}

/**
 * Returns whether a proxy of ours has sent this request. Only then does the hub believe what the request says about the
 * browser (the proxy's id of the request, `X-Forwarded-*`): any client may write these headers too.
 */
export function cameThroughProxy(hub: KnowsProxies, ctx: Koa.Context): boolean {
  const given = ctx.get(proxyAuthHeader)
  return given !== '' && isSameSecret(given, hub.secrets.proxyToken)
}

/**
 * Returns the address for which limits count the request: the one that a proxy of ours says, or else the connection's.
 */
export function clientOf(hub: KnowsProxies, ctx: Koa.Context): string {
  const said = cameThroughProxy(hub, ctx) ? ctx.get('X-Forwarded-For').trim() : ''
  return said || ctx.req.socket.remoteAddress || 'unknown'
}
