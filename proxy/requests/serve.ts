/** Answers a request to a server behind a seat: the rules decide, then the lists of headers in and out apply. */

import { lineOf } from '../../net/error-code.ts'
import { deskPart } from '../../seats/desk.ts'
import { explicitTokens } from '../../seats/explicit-token.ts'
import { isSignOut, openLink, restartLink, signOutLink } from '../../seats/links.ts'
import type { Access } from '../../seats/route.ts'
import { isNavigation, judge, type TokenCheck } from '../../seats/rules.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import { type Seat, seatMilliseconds, seatProblem } from '../../seats/seat.ts'
import { decodedPath, withoutToken } from '../../seats/spelling.ts'
import { say } from '../../words/text.ts'
import type { SiteContext } from '../context.ts'
import { leave, linkOut } from '../desk/leave.ts'
import { causeOf, type Exchange } from '../exchange.ts'
import { toServerHeaders } from '../forward/headers-in.ts'
import { frameAncestors, fromServerHeaders, readerHeaders, type ServerPages } from '../forward/headers-out.ts'
import { Crowded, runPool } from '../forward/places.ts'
import { withoutPrefix } from '../forward/prefix.ts'
import { type Fault, redirect, replyFault } from '../replies/reply.ts'
import type { HeldRoute } from '../routes/route-table.ts'
import { leadToStatic } from '../static-files/redirect.ts'
import { changesFiles } from './changes-files.ts'
import { atDesk } from './desk.ts'
import { isOwnScript, refuseLost } from './lost-seat.ts'
import { asksByItself } from './polls.ts'
import { replyRefusal } from './refusal.ts'
import { seatCookie } from './seat-cookie.ts'
import { nothingHere, seated, toHub } from './seated.ts'

/** A route that leads to a learner's server, and the name under which a request came to it. */
export interface Found {
  entry: HeldRoute
  access: Access
  /** The host of the request. At the hub's own (`hub`) only requests with a token get here. */
  under: 'hub' | 'servers'
}

export function serve(context: SiteContext, exchange: Exchange, found: Found) {
  exchange.record.why.server = found.access.server
  exchange.record.why.run = found.access.run
  exchange.language = found.access.language
  exchange.siteLanguage = found.access.siteLanguage
  const tokens = shownTokens(exchange)
  if (tokens.length > 0) return checkTokens(context, exchange, found, tokens)
  return decide(context, exchange, found, { state: 'none' })
}

/** Returns the API tokens that a request shows, without the server's own token. */
export function shownTokens({ authorizations, url, upgrade }: Exchange): string[] {
  if (authorizations.length === 0 && upgrade === undefined) return []
  return explicitTokens(authorizations, url, upgrade !== undefined)
}

async function checkTokens(
  context: SiteContext,
  exchange: Exchange,
  found: Found,
  tokens: readonly string[],
): Promise<void> {
  const { entry, access } = found
  const asked = performance.now()
  const token = await context.admissions.check(tokens, access, { address: exchange.client, cause: causeOf(exchange) })
  exchange.record.hubMilliseconds = performance.now() - asked
  if (exchange.hasLeft()) return
  // The server may have stopped meanwhile, or the seat may have ended.
  const current = context.table.get(entry.route.path)
  const now = current?.route.access
  if (current === undefined || now?.server !== access.server || now.run !== access.run) {
    return replyFault(exchange, notRunning)
  }
  const isOver = token.state === 'valid' && seatProblem(token.seat, now, context.now()) !== undefined
  return decide(context, exchange, { ...found, entry: current, access: now }, isOver ? { state: 'refused' } : token)
}

function decide(context: SiteContext, exchange: Exchange, { entry, access, under }: Found, token: TokenCheck) {
  const { site } = context
  const secrets = site.secretsOf(access)
  if (secrets === undefined) {
    if (context.lines.take(access.server) === 0) {
      context.log.warn({ request: exchange.id, kid: access.kid }, 'a route names a key that this proxy does not have')
    }
    return replyKeyDropped(context, exchange, access)
  }
  const seat = site.checkSeat(exchange.headers.cookie, access, secrets, context.now())
  const origin = under === 'hub' ? site.hubUrl : site.originOf(access)
  const decision = judge({
    method: exchange.method,
    url: exchange.url,
    upgrade: exchange.upgrade !== undefined,
    hosts: exchange.hosts,
    headers: exchange.headers,
    route: { path: entry.route.path, origin, cors: access.cors, stripped: access.program?.prefix === 'stripped' },
    token,
    seat,
  })
  exchange.record.why.row = decision.row

  const { path } = entry.route
  const decoded = decodedPath(exchange.path)
  const isOurs = decoded?.startsWith(`${path}_carrel/`) === true
  const byToken = token.state === 'none' ? undefined : { origin: exchange.headers.origin }
  // The program's own way to sign out would end nothing. A foreign link may come here: the hub only asks.
  if (byToken === undefined && decision.row !== '1' && isSignOut(decoded ?? '', path) && isNavigated(exchange)) {
    return leave(context, exchange, access, signOutLink(openLink(path)))
  }
  // Only row 1 guards our own pages too. The other rows would refuse a browser that comes from the hub.
  if (isOurs && decision.row !== '1' && byToken === undefined) {
    if (exchange.path.startsWith(path + deskPart)) return atDesk(context, exchange, { path, access, decision })
    return seated(context, exchange, { entry, access, secrets, seat })
  }
  if (decision.row === '4' && decision.kind === 'refuse' && seat.state !== 'valid' && isOwnScript(exchange, origin)) {
    return refuseLost(context, exchange, { path, access, state: seat.state })
  }
  if (decision.kind !== 'pass') {
    return replyRefusal(context, exchange, decision, {
      access,
      headers: byToken && readerHeaders(access.cors, byToken.origin),
    })
  }
  if (isOurs) return replyFault(exchange, { ...nothingHere, next: linkOut(context, exchange, access, toHub) })
  if (access.static !== undefined && under === 'servers' && byToken === undefined) {
    const inside = exchange.path.startsWith(path) ? exchange.path.slice(path.length) : ''
    if (leadToStatic(context, exchange, { digest: access.static, inside, access })) return
  }
  const sandboxed = under === 'hub'
  sendToServer(context, exchange, { entry, access, origin, secrets, seat: decision.seat, byToken, sandboxed })
}

function isNavigated({ method, upgrade, headers }: Exchange): boolean {
  return isNavigation({ method, upgrade: upgrade !== undefined, headers })
}

function isDocument({ headers, upgrade }: Exchange): boolean {
  return upgrade === undefined && documents.has(String(headers['sec-fetch-dest']))
}

const documents = new Set(['document', 'iframe', 'frame', 'embed', 'object'])

interface Admitted {
  entry: HeldRoute
  access: Access
  /** The origin under which the request came. */
  origin: string
  secrets: RunSecrets
  seat: Seat
  byToken: ServerPages['byToken']
  sandboxed: boolean
}

function sendToServer(context: SiteContext, exchange: Exchange, admitted: Admitted) {
  const { entry, access, origin, secrets, seat, byToken, sandboxed } = admitted
  const { site, table, forwarder, openConnections, pauses, lines, log, now } = context
  const { path } = entry.route
  const { program } = access
  const isStripped = program?.prefix === 'stripped'
  const asked = withoutToken(exchange.url)
  // Pages of a program that sees no prefix name each other by relative addresses, which are other ones without the slash.
  if (isStripped && !asked.startsWith(path) && isNavigated(exchange))
    return redirect(exchange, path + asked.slice(path.length - 1))
  const url = isStripped ? withoutPrefix(asked, path) : asked
  const isHalfOver = now() > seat.expires - seatMilliseconds / 2
  // The id and the time of issue stay, so that every event that ends the first seat ends the renewed one too.
  const longer = { ...seat, expires: now() + seatMilliseconds }
  const renewed = isHalfOver ? seatCookie(site, { path, access, secrets }, longer) : undefined
  exchange.record.renewed = isHalfOver
  const { ancestors, cors } = access
  const pages = {
    path,
    hubUrl: site.hubUrl,
    ancestors,
    cors,
    framed: seat.framed,
    byToken,
    sandboxed,
    document: isDocument(exchange),
    stripped: isStripped ? { path, origin, url } : undefined,
  }

  const leave = openConnections.add({ seat, isWebSocket: exchange.upgrade !== undefined, end: exchange.cut })
  exchange.answer.whenOver(leave)

  exchange.record.by = 'server'
  const isPoll =
    access.strip === true && byToken === undefined && seat.user === access.user && asksByItself(exchange, path)
  forwarder.send({
    exchange,
    target: entry.target,
    pool: runPool(access),
    url,
    headers: toServerHeaders(exchange, context, {
      token: secrets.token,
      authorization: program?.authorization,
      prefix: isStripped ? path : undefined,
    }),
    headersFor(status, headers) {
      if (status >= 200 && status < 300) table.noteActivity(entry, isPoll)
      return fromServerHeaders(headers, pages, renewed)
    },
    failed(error) {
      const isBusy = error instanceof Crowded
      if (!isBusy && lines.take(access.server) === 0) {
        log.warn(
          { request: exchange.id, reason: lineOf(error), server: access.server, run: access.run },
          'server is out of reach',
        )
      }
      replyFault(exchange, {
        status: 503,
        code: isBusy ? 'server_busy' : 'server_unreachable',
        title: say`This notebook does not answer`,
        message: say`It may have just stopped, or be too busy. Reload this page in a moment, or open it again at the hub.`,
        next: linkOut(context, exchange, access, {
          href: openLink(withoutToken(exchange.url)),
          label: say`Open it again`,
        }),
        otherwise:
          seat.user === access.user
            ? linkOut(context, exchange, access, {
                href: restartLink(withoutToken(exchange.url)),
                label: say`Restart my notebook`,
              })
            : undefined,
        framing: frameAncestors(pages),
        headers: { 'retry-after': '5' },
      })
    },
    isCompressed: true,
    turn: changesFiles(exchange)
      ? (go) =>
          pauses.pass(path, (over) => {
            if (exchange.hasLeft()) over()
            else exchange.answer.whenOver(over)
            go()
          })
      : undefined,
    onData() {
      table.noteActivity(entry, isPoll)
    },
  })
}

/** The fault for programs, which can start the server over the hub's API. */
export const notRunning: Fault = {
  status: 424,
  code: 'server_not_running',
  title: say`Nothing is here`,
  message: say`This server is not running. Start it at the hub.`,
}

/**
 * Answers where the key of a run was dropped, and with it every seat. The hub stops such a server, and starts it again
 * for the next launch.
 */
function replyKeyDropped(context: SiteContext, exchange: Exchange, access: Access) {
  const again = openLink(withoutToken(exchange.url))
  if (isNavigated(exchange)) return leave(context, exchange, access, again)
  replyFault(exchange, {
    status: 403,
    code: 'seat_ended',
    title: say`Your access has ended`,
    message: say`The key of this notebook is not in use any more. Open the notebook through the hub again.`,
    next: linkOut(context, exchange, access, { href: again, label: say`Open it again` }),
    framing: frameAncestors({ hubUrl: context.site.hubUrl, ancestors: access.ancestors }),
  })
}
