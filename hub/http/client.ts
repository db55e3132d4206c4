import type Koa from 'koa'
import { isSameSecret } from '../../net/same-secret.ts'
import { proxyAuthHeader } from '../../seats/links.ts'

/** What it takes to know a proxy of ours. */
export interface KnowsProxies {
  secrets: { proxyToken: string }
}

/**
 * Whether a proxy of ours has sent this: only then is anything believed that it says about the browser (its id of the
 * request, `X-Forwarded-*`). Everybody else may write these headers too.
 */
export function cameThroughProxy(hub: KnowsProxies, ctx: Koa.Context): boolean {
  return isSameSecret(ctx.get(proxyAuthHeader), hub.secrets.proxyToken)
}

/** Whom limits count: the address that the proxy says, of anybody else the connection's. */
export function clientOf(hub: KnowsProxies, ctx: Koa.Context): string {
  const said = cameThroughProxy(hub, ctx) ? ctx.get('X-Forwarded-For').trim() : ''
  return said || ctx.req.socket.remoteAddress || 'unknown'
}
