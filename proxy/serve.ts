/** A request to a server behind a seat: the rules decide, then both header lists apply. */
import type { Admit } from '../seats/route.ts'
import { type Decision, admit as judge } from '../seats/rules.ts'
import type { RunSecrets } from '../seats/run-secrets.ts'
import { type Seat, seatMilliseconds } from '../seats/seat.ts'
import type { SeatCheck } from '../seats/seat-check.ts'
import { decodedPath, withoutToken } from '../seats/spelling.ts'
import type { Context } from './context.ts'
import { toServerHeaders } from './headers-in.ts'
import { frameAncestors, fromServerHeaders } from './headers-out.ts'
import { redirect, reply, replyFault } from './reply.ts'
import type { Entry } from './route-table.ts'
import { seatCookie } from './seat-cookie.ts'
import { seated } from './seated.ts'
import type { Site } from './site.ts'
import type { Visit } from './visit.ts'

export function serve(context: Context, site: Site, visit: Visit, entry: Entry, admit: Admit) {
  visit.record.why.server = admit.server
  visit.record.why.run = admit.run
  const framing = frameAncestors({ hubUrl: site.hubUrl, ancestors: admit.ancestors })
  const secrets = site.secretsOf(admit)
  if (secrets === undefined) {
    context.log.error({ request: visit.id, kid: admit.kid }, 'a route names a key that this proxy does not have')
    return replyFault(visit, { ...keyMissing, framing })
  }
  const seat = site.checkSeat(visit.req.headers.cookie, admit, secrets, context.now())
  const decision = judge({
    method: visit.method,
    url: visit.url,
    upgrade: visit.upgrade !== undefined,
    hosts: visit.hosts,
    headers: visit.req.headers,
    route: { path: entry.route.path, origin: site.originOf(admit), cors: admit.cors },
    seat,
  })
  visit.record.why.row = decision.row

  const isOurs = decodedPath(visit.path)?.startsWith(`${entry.route.path}_carrel/`) === true
  // Row 1 stands before our own pages too. The other rows do not: this is where a browser comes from the hub.
  if (isOurs && decision.row !== '1') return seated(context, site, visit, { entry, admit, secrets, seat })
  if (decision.kind !== 'pass' || seat.state !== 'valid') return refuse(site, visit, decision, framing)
  sendToServer(context, site, visit, { entry, admit, secrets, seat: seat.seat })
}

export interface Admitted {
  entry: Entry
  admit: Admit
  secrets: RunSecrets
  seat: Seat
}

/** The same before anybody knows whether there is a seat. */
export type Approach = Omit<Admitted, 'seat'> & { seat: SeatCheck }

function refuse(site: Site, visit: Visit, decision: Decision, framing: string) {
  switch (decision.kind) {
    case 'launch':
      return redirect(visit, `${site.hubUrl}/hub/open?to=${encodeURIComponent(withoutToken(visit.url))}`)
    case 'preflight':
      return reply(visit, 204, decision.allow === undefined ? {} : preflightHeaders(decision.allow))
    case 'refuse':
      return replyFault(visit, {
        status: decision.status,
        code: decision.code,
        title: 'This request was refused',
        message: decision.message,
        next: { href: site.hubUrl, label: 'Go to the hub' },
        framing,
      })
    case 'pass':
      throw new Error('a request passed without a seat')
  }
}

function preflightHeaders(origin: string) {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
    vary: 'Origin',
  }
}

function sendToServer(context: Context, site: Site, visit: Visit, { entry, admit, secrets, seat }: Admitted) {
  const { forwarder, sittings, log, now } = context
  const { path } = entry.route
  const renewed =
    now() > seat.expires - seatMilliseconds / 2 ? renewal(site, path, admit, secrets, seat, now()) : undefined
  const pages = { path, hubUrl: site.hubUrl, ancestors: admit.ancestors, cors: admit.cors, framed: seat.framed }

  const stream = visit.upgrade?.socket ?? visit.response()
  const leave = sittings.add({ seat, end: () => stream.destroy() })
  stream.once('close', leave)

  visit.record.by = 'server'
  forwarder.send({
    visit,
    target: entry.target,
    url: withoutToken(visit.url),
    headers: toServerHeaders(visit, site, secrets.token),
    answer(status, headers) {
      if (status >= 200 && status < 300) entry.lastActivity = now()
      return fromServerHeaders(headers, pages, renewed)
    },
    failed(error) {
      log.warn({ request: visit.id, err: error, server: admit.server, run: admit.run }, 'server is out of reach')
      replyFault(visit, {
        status: 503,
        code: 'server_unreachable',
        title: 'This server does not answer',
        message: 'It may have just stopped, or be too busy. Reload this page in a moment, or open it again at the hub.',
        next: {
          href: `${site.hubUrl}/hub/open?to=${encodeURIComponent(withoutToken(visit.url))}`,
          label: 'Open it again',
        },
        framing: frameAncestors(pages),
        headers: { 'retry-after': '5' },
      })
    },
    onData() {
      entry.lastActivity = now()
    },
  })
}

/** The same seat for another twelve hours: its id and time of issue stay, so it ends when the first one would. */
function renewal(site: Site, path: string, admit: Admit, secrets: RunSecrets, seat: Seat, now: number): string {
  return seatCookie(site, path, admit, secrets, { ...seat, expires: now + seatMilliseconds })
}

const keyMissing = {
  status: 503,
  code: 'key_missing',
  title: 'This server cannot be entered just now',
  message: 'Hub and proxy do not share the same keys. Please tell the operators: CARREL_KEYS must be equal on both.',
}
