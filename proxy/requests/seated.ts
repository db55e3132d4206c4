/**
 * `<server path>_carrel/seated?to=…`: the first page of a new seat. It is a page and not a redirect, because a chain of
 * redirects that began at another site stays `cross-site` to its end, and the rules would send it back.
 * `<server path>_carrel/again?to=…` is the same page for a browser that has a seat already.
 */

import { randomBytes } from 'node:crypto'
import { callOf, type Html, html } from '../../net/html.ts'
import { withoutDesk } from '../../seats/desk.ts'
import { claimedLanding, readLanding } from '../../seats/landing.ts'
import { wasLastUser } from '../../seats/last-user.ts'
import { againPage, openLink, restartLink, seatedPage, tabLink } from '../../seats/links.ts'
import type { Access } from '../../seats/route.ts'
import { seatMessages } from '../../seats/rules.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import type { SeatCheck } from '../../seats/seat-check.ts'
import { withoutToken } from '../../seats/spelling.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import { leave, linkOut } from '../desk/leave.ts'
import type { Exchange } from '../exchange.ts'
import { frameAncestors } from '../forward/headers-out.ts'
import { page } from '../replies/page.ts'
import { type Fault, inFrame, redirect, reply, replyFault, replyPage } from '../replies/reply.ts'
import type { HeldRoute } from '../routes/route-table.ts'
import { labPlace, newWorkspace, openJupyterLab, type WayToLab } from './jupyterlab.ts'
import { narrowCookie, straightCookie } from './straight.ts'

/** A server's route, and the state of the seat that a request to it shows. */
export interface SeatedRequest {
  entry: HeldRoute
  access: Access
  secrets: RunSecrets
  seat: SeatCheck
}

export async function seated(
  context: SiteContext,
  exchange: Exchange,
  { entry, access, secrets, seat }: SeatedRequest,
): Promise<void> {
  const { site } = context
  const { path } = entry.route
  const { headers } = exchange
  const isAgain = exchange.path === `${path}${againPage}`
  if (!isAgain && exchange.path !== `${path}${seatedPage}`)
    return replyFault(exchange, { ...nothingHere, next: linkOut(context, exchange, access, toHub) })
  if (exchange.upgrade !== undefined || (exchange.method !== 'GET' && exchange.method !== 'HEAD')) {
    return replyFault(exchange, onlyRead)
  }
  const signed = [...exchange.url.matchAll(landingPart)].map(([, value = '']) => value)
  const framing = frameAncestors({ hubUrl: site.hubUrl, ancestors: access.ancestors })
  const openAgain = (to: string) => site.hubUrl + openLink(to)
  const text = signed[0] ?? ''

  if (isAgain && !(signed.length === 1 && mayGoOn(context, exchange, { access, secrets, seat }, text))) {
    return leave(context, exchange, access, openLink(withoutToken(exchange.url)))
  }
  if (seat.state === 'ambiguous') {
    return replyFault(exchange, {
      ...severalCookies,
      next: { href: openAgain(path), label: say`Open the notebook` },
      framing,
    })
  }
  if (seat.state !== 'valid') {
    const claimed = claimedLanding(text)
    const to = claimed?.startsWith(path) ? withoutDesk(path, claimed) : path
    // The session of a frame is known only to the hub's pages in that frame. Only they can make a button that keeps it.
    if (inFrame(exchange)) return redirect(exchange, site.hubUrl + tabLink(to))
    const href = openAgain(to)
    return replyPage(exchange, 200, newTabPage(href), { framing })
  }
  const landing = readLanding(secrets.seatKey, seat.seat.id, text, context.now())
  if (signed.length !== 1 || landing.state !== 'good') {
    const code = landing.state === 'expired' ? 'landing_expired' : 'landing_forged'
    const next = { href: openAgain(path), label: say`Open the notebook` }
    return replyFault(exchange, { ...notSigned, code, next, framing })
  }
  // Row 5e of the rules would send the browser's next request back to the hub, in an endless loop.
  if (headers['sec-fetch-site'] === undefined && headers.referer === undefined) {
    return replyFault(exchange, { ...hidden, framing })
  }
  const nonce = randomBytes(16).toString('base64')
  const isOwner = seat.seat.user === access.user
  const place = labPlace(path, landing.to, { guest: !isOwner })
  const quiet = context.openConnections.isQuiet(access.server, context.now())
  if (place !== undefined && quiet) {
    // Another page that comes meanwhile must not take this one's workspace.
    context.openConnections.expect(access.server, context.now())
    const straight = { entry, access, secrets, seat: seat.seat, place }
    const claim = await straightCookie(context, exchange, straight)
    if (exchange.hasLeft()) return
    if (claim !== undefined) return reply(exchange, 303, { location: landing.to, 'set-cookie': claim })
  }
  const lab = place && { ...place, fresh: newWorkspace(place), quiet, narrowCookie }
  const restart = isOwner ? site.hubUrl + restartLink(withoutDesk(path, landing.to)) : undefined
  replyPage(exchange, 200, goOnPage(landing.to, nonce, lab, restart), { framing, nonce, asks: lab !== undefined })
}

/**
 * Says whether a browser goes on with the seat that it has: its owner's, in a tab, at a host that no other user has had since.
 * Any other one is sent back to the hub for a ticket, with which all of this is made right.
 */
function mayGoOn(
  { site, now }: SiteContext,
  { headers }: Exchange,
  { access, secrets, seat }: Omit<SeatedRequest, 'entry'>,
  landing: string,
): boolean {
  if (seat.state !== 'valid' || seat.seat.user !== access.user || seat.seat.framed) return false
  if (headers['sec-fetch-dest'] !== 'document') return false
  if (readLanding(secrets.seatKey, seat.seat.id, landing, now()).state !== 'good') return false
  const scope = { secure: site.scheme === 'https', trusted: site.isTrusted, framed: false }
  return wasLastUser(site.keys, { user: access.user, cookies: headers.cookie }, scope)
}

/** Finds the landing that `proxy/requests/enter.ts` wrote. No character of it needs an escape, so it is not decoded. */
const landingPart = /[?&]to=([^&]*)/g

/**
 * Returns a page that goes on by script, which leaves no entry in the history, or without scripts by refresh. Browsers
 * show it until the server answers, so it offers a restart in case the server never does.
 */
function goOnPage(to: string, nonce: string, lab: WayToLab | undefined, restart: string | undefined): Html {
  const script = lab ? callOf(openJupyterLab, lab) : callOf(goTo, to)
  return page({
    title: say`Opening your notebook`,
    head: html`<noscript><meta http-equiv="refresh" content="0;url=${to}"></noscript>
`,
    body: html`<p>${say`${html`<a id="to" href="${to}">${say`Go on`}</a>`} if nothing happens.`}</p>
${restart !== undefined && html`<p class="late">${say`It does not open? ${html`<a href="${restart}">${say`Restart my notebook`}</a>`}`}</p>`}
<script nonce="${nonce}">${script}</script>`,
  })
}

/** Goes on without an entry in the history. Runs in the browser, so it uses nothing from outside of itself. */
function goTo(to: string): void {
  location.replace(to)
}

/** Returns a page with a link to a new tab, for a browser that kept no cookie in a frame. In a tab it will keep one. */
function newTabPage(href: string): Html {
  return page({
    title: say`Please open this in a new tab`,
    body: html`<p>${say`Your browser did not keep the cookie that gives you access to this notebook. In a tab of its own it will.`}</p>
<p><a class="button" href="${href}" target="_blank" rel="noopener">${say`Open in a new tab`}</a></p>`,
  })
}

/** The way on from an address of ours at which nothing is. */
export const toHub = { href: '/', label: say`Go to the hub` }

export const nothingHere: Fault = {
  status: 404,
  code: 'not_found',
  title: say`Nothing is here`,
  message: say`There is nothing at this address. Open the notebook through the hub.`,
}

/** The fault of our own pages for other methods. */
export const onlyRead: Fault = { ...nothingHere, status: 405, code: 'method_refused', headers: { allow: 'GET, HEAD' } }

const notSigned: Fault = {
  status: 403,
  code: 'landing_forged',
  title: say`This link leads nowhere`,
  message: say`It was not made for this browser, or it is over a minute old. Open the notebook again.`,
}

const severalCookies: Fault = {
  status: 403,
  code: 'seat_ambiguous',
  title: say`Please delete the cookies of this site`,
  message: seatMessages.ambiguous,
}

const hidden: Fault = {
  status: 403,
  code: 'browser_hides',
  title: say`Your browser hides where its requests come from`,
  message: say`It sends neither Sec-Fetch-Site nor Referer, so that nothing tells a page of this notebook from one of another site. Allow the Referer for this site, then open the notebook again.`,
}
