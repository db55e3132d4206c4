/**
 * The way from a page of a server to the hub. No page of the hub may be in the frame of a desk, so a frame gets a page of
 * the server's own origin, which leads the desk around it to the hub, or goes there itself where there is no desk.
 */

import { randomBytes } from 'node:crypto'
import { callOf, html } from '../../net/html.ts'
import { leaveLink, leavePath } from '../../seats/desk.ts'
import type { Access } from '../../seats/route.ts'
import { isNavigation } from '../../seats/rules.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { frameAncestors } from '../forward/headers-out.ts'
import { page } from '../replies/page.ts'
import { inFrame, type Next, redirect, replyFault, replyPage } from '../replies/reply.ts'

/**
 * Leads a navigation on to an address of the hub, from its first slash on. `access` is that of the server; undefined where there is no
 * route any more: then only a frame that a page of the same host leads on may be in a desk.
 */
export function leave(context: Pick<SiteContext, 'site'>, exchange: Exchange, access: Access | undefined, to: string) {
  const href = context.site.hubUrl + to
  const isFromHost = exchange.headers['sec-fetch-site'] === 'same-origin'
  const mayBeInDesk = inFrame(exchange) && (access === undefined ? isFromHost : access.strip === true)
  if (!mayBeInDesk) return redirect(exchange, href)
  const nonce = randomBytes(16).toString('base64')
  // Which sites may frame a server that is gone, the proxy does not know. The page shows nothing and goes to the hub only.
  const framing =
    access === undefined
      ? 'frame-ancestors *'
      : frameAncestors({ hubUrl: context.site.hubUrl, ancestors: access.ancestors })
  const content = page({
    title: say`Going on`,
    body: html`<p>${say`${html`<a href="${href}" target="_top">${say`Go on`}</a>`} if nothing happens.`}</p>
<script nonce="${nonce}">${callOf(goOn, href)}</script>`,
  })
  replyPage(exchange, 200, content, { framing, nonce })
}

/**
 * Goes on in the place of the desk around this frame, or in the frame itself where that is no desk. Runs in the browser, so
 * it uses nothing from outside of itself. Replaces the entry in the history, or "Back" would lead here again.
 */
function goOn(href: string): void {
  let place: Window = window
  try {
    if (window.parent.location.pathname.includes('/_carrel/desk/')) place = window.parent
  } catch {
    // A page of another site is around the frame.
  }
  place.location.replace(href)
}

/** Returns a link out of a page of the proxy to an address of the hub, which works also in a desk. */
export function linkOut({ site }: Pick<SiteContext, 'site'>, exchange: Exchange, access: Access, next: Next): Next {
  const isInDesk = access.strip === true && inFrame(exchange)
  return { ...next, href: isInDesk ? leaveLink(next.href) : site.hubUrl + next.href }
}

/** Answers `/_carrel/leave?to=…`, to which links of the proxy's own pages in frames lead. */
export function answerLeave(context: Pick<SiteContext, 'site'>, exchange: Exchange) {
  const { method, upgrade, headers, url } = exchange
  const to = new URLSearchParams(url.slice(leavePath.length)).getAll('to')
  const [only = '', ...others] = to
  const isOfHub =
    others.length === 0 && only.length <= 4000 && /^\/(hub\/[\x21-\x7e]*)?$/.test(only) && !only.includes('\\')
  if (!isOfHub || !isNavigation({ method, upgrade: upgrade !== undefined, headers })) {
    return replyFault(exchange, {
      status: 404,
      code: 'not_found',
      title: say`Nothing is here`,
      message: say`There is nothing at this address.`,
    })
  }
  return leave(context, exchange, undefined, only)
}
