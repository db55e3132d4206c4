/** `POST /_carrel/seat`: takes the ticket of a browser that comes from the hub's launch page, and gives it a seat. */

import { setTimeout as sleep } from 'node:timers/promises'
import { landingMilliseconds, signLanding } from '../../seats/landing.ts'
import { lastUserCookies, wasLastUser } from '../../seats/last-user.ts'
import { seatedPage } from '../../seats/links.ts'
import { type Seat, seatMilliseconds } from '../../seats/seat.ts'
import { type Said, say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import { causeOf, type Exchange } from '../exchange.ts'
import { bodyText } from '../http/request-body.ts'
import { anyServersFraming, type Fault, reply, replyFault } from '../replies/reply.ts'
import { seatCookie, withoutOtherSeat } from './seat-cookie.ts'

const bodyBytes = 4096

/** Answers the POST of a ticket. `label` is that of the host that was asked, where each server has its own host. */
export async function enter(context: SiteContext, exchange: Exchange, label: string | undefined): Promise<void> {
  const { site } = context
  const refuse = (status: number, code: string, message: Said, extra: Partial<Fault> = {}) =>
    replyFault(exchange, {
      status,
      code,
      title: say`This notebook did not open`,
      message,
      next: { href: site.hubUrl, label: say`Go to the hub` },
      framing: anyServersFraming(context, exchange),
      ...extra,
    })
  const { headers } = exchange

  if (exchange.upgrade !== undefined || exchange.method !== 'POST') {
    return refuse(405, 'method_refused', say`A notebook opens by a form that the hub’s launch page sends.`, {
      headers: { allow: 'POST' },
    })
  }
  // Otherwise a page of another site could send its own ticket, and seat this browser at a server of its choice.
  if (headers.origin !== site.hubUrl) {
    return refuse(403, 'origin_foreign', say`Only a page of the hub can open a notebook. Open it through the hub.`)
  }
  if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    return refuse(415, 'form_needed', say`A notebook opens by a form. Open it through the hub.`)
  }
  const body = await readForm(exchange, context.ticketMilliseconds)
  if (body === 'left') return
  if (body === 'slow')
    return refuse(408, 'body_slow', say`This request took too long to arrive. Open the notebook again.`)
  if (body === 'long')
    return refuse(413, 'body_too_large', say`This form is too long. Open the notebook through the hub.`)
  const [ticket, ...others] = new URLSearchParams(body.text).getAll('ticket')
  if (ticket === undefined || others.length > 0 || !/^[A-Za-z0-9_-]{16,128}$/.test(ticket)) {
    return refuse(400, 'ticket_malformed', say`This link is damaged. Open the notebook through the hub.`)
  }

  // The turn is taken first, so that many tickets at once count too. It is given back unless the ticket is unknown.
  const wait = context.unknownTickets.take(exchange.client)
  if (wait > 0) {
    return refuse(
      429,
      'too_many',
      say`Too many links that do not work came from your network. Try again in ${wait} s.`,
      {
        headers: { 'retry-after': String(wait) },
      },
    )
  }
  const asked = performance.now()
  const redeemed = await context.hubs.redeem(ticket, causeOf(exchange))
  exchange.record.hubMilliseconds = performance.now() - asked
  if (redeemed !== 'unknown') context.unknownTickets.giveBack(exchange.client)
  if (redeemed === 'unreachable') {
    return refuse(503, 'hub_unreachable', say`The hub does not answer. Open the notebook again in a few seconds.`, {
      headers: { 'retry-after': '5' },
    })
  }
  if (redeemed === 'unknown') {
    return refuse(
      403,
      'ticket_unknown',
      say`This link was already used, or is over a minute old. Open the notebook again.`,
    )
  }

  const { route, to } = redeemed
  const { kid, ...granted } = redeemed.seat
  const { access } = route
  const secrets = site.secretsOf(access)
  const isOneRun = access.server === granted.server && access.run === granted.run && access.kid === kid
  if (secrets === undefined || !isOneRun || !to.startsWith(route.path)) {
    context.log.error(
      { request: exchange.id, server: granted.server, kid, hasKey: secrets !== undefined },
      'hub gave a seat that fits no route',
    )
    return refuse(503, 'seat_unusable', say`Something is set up wrongly here. Tell your teacher the error id below.`)
  }
  await context.takeRoute(route)
  // At the host of another server, the code of that server could get at the seat's cookie.
  if (label !== undefined && label !== access.label) {
    return refuse(421, 'host_wrong', say`This link is for another notebook. Open the notebook through the hub.`)
  }
  exchange.record.why.server = granted.server
  exchange.record.why.run = granted.run

  const dest = headers['sec-fetch-dest']
  const seat: Seat = {
    ...granted,
    framed:
      access.ancestors.length > 0 && (dest === undefined ? granted.framed : dest === 'iframe' || dest === 'frame'),
    expires: granted.issued + seatMilliseconds,
  }
  const next = { user: seat.user, cookies: headers.cookie }
  const scope = { secure: site.scheme === 'https', trusted: site.isTrusted, framed: seat.framed }
  const landing = signLanding(secrets.seatKey, seat.id, to, context.now() + landingMilliseconds)
  return reply(exchange, 303, {
    location: `${route.path}${seatedPage}?to=${landing}`,
    'set-cookie': [
      ...withoutOtherSeat(site, { path: route.path, access }, seat),
      seatCookie(site, { path: route.path, access, secrets }, seat),
      ...lastUserCookies(site.keys, next, scope),
    ],
    // Pages of an earlier user may have left something at this host. It is deleted before this user's first page loads.
    ...(wasLastUser(site.keys, next, scope) ? {} : { 'clear-site-data': '"cache", "storage"' }),
  })
}

/** Reads the form. Ends at a length that no ticket has, and after a time, so that slow senders hold no connection. */
async function readForm(
  exchange: Exchange,
  milliseconds: number,
): Promise<{ text: string } | 'long' | 'slow' | 'left'> {
  if (Number(exchange.headers['content-length'] ?? 0) > bodyBytes) return 'long'
  const over = new AbortController()
  try {
    const tooSlow = sleep(milliseconds, 'slow' as const, { signal: over.signal })
    const left = new Promise<'left'>((resolve) => exchange.answer.whenOver(() => resolve('left')))
    return await Promise.race([bodyText(exchange.body, bodyBytes), tooSlow, left])
  } finally {
    over.abort()
  }
}
