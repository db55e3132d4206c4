/** Decides where a request of the public listener goes. The host decides first, then the path. */

import { leavePath, stripFilesPrefix } from '../../seats/desk.ts'
import { snapshotsPrefix } from '../../seats/files/snapshots.ts'
import { staticFilesPrefix } from '../../seats/files/static-files.ts'
import { openLink, seatPath } from '../../seats/links.ts'
import { isNavigation } from '../../seats/rules.ts'
import { decodedPath, withoutToken } from '../../seats/spelling.ts'
import { say } from '../../words/text.ts'
import type { Context, PlainContext, SiteContext } from '../context.ts'
import { answerLeave, leave } from '../desk/leave.ts'
import type { Exchange } from '../exchange.ts'
import { inFrame, json, replyFault } from '../replies/reply.ts'
import { answerStatic } from '../static-files/answer.ts'
import { enter } from './enter.ts'
import { malformed } from './malformed.ts'
import { sendToForeign, sendToHub } from './send.ts'
import { notRunning, serve, shownTokens } from './serve.ts'
import { answerSnapshot } from './snapshots.ts'

export function dispatch(context: Context, exchange: Exchange): void | Promise<void> {
  const fault = malformed(exchange)
  if (fault !== undefined) return replyFault(exchange, { ...fault, headers: { connection: 'close' } })
  const isHealth = exchange.path === '/_carrel/health' || exchange.path === '/_chp_healthz'
  if (isHealth && exchange.method === 'GET') return json(exchange, 200, { status: 'OK' })

  return 'site' in context ? atSite(context, exchange) : plain(context, exchange)
}

function atSite(context: SiteContext, exchange: Exchange): void | Promise<void> {
  const place = context.site.place(exchange.hosts[0] ?? '')
  switch (place?.whose) {
    case 'hub':
      return atHub(context, exchange)
    case 'servers':
      return atServers(context, exchange, place.label)
    case 'both':
      return atBoth(context, exchange)
    case 'static':
      return answerStatic(context, exchange, place.label)
    case 'snapshots':
      return answerSnapshot(context, exchange)
    default:
      return replyFault(exchange, {
        status: 421,
        code: 'host_wrong',
        title: say`This name is not served here`,
        message: say`The host name in the address belongs neither to the hub nor to a notebook.`,
        next: { href: context.site.hubUrl, label: say`Go to the hub` },
      })
  }
}

/**
 * Answers at the hub's host. Here `/user/…` leads to a server only for a request that shows a token, which no page can
 * make a browser do, and for the question whether a page may send one; all other requests go to the hub.
 */
function atHub(context: SiteContext, exchange: Exchange): void | Promise<void> {
  const showsToken = exchange.path.startsWith('/user/') && shownTokens(exchange).length > 0
  if (!showsToken && !isTokenQuestion(exchange)) return sendToHub(context, exchange)
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return replyFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  const access = entry?.route.access
  if (entry === undefined || access === undefined) return replyFault(exchange, notRunning)
  return serve(context, exchange, { entry, access, under: 'hub' })
}

/** Says whether a browser asks if a page of another site may show a token to a program in a server. */
function isTokenQuestion({ method, path, headers }: Exchange): boolean {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false
  const asked = String(headers['access-control-request-headers'])
    .toLowerCase()
    .split(/\s*,\s*/)
  if (!asked.includes('authorization') || !path.startsWith('/user/')) return false
  return decodedPath(path)?.includes('/_carrel/') === false
}

function atServers(context: SiteContext, exchange: Exchange, label: string | undefined): void | Promise<void> {
  if (exchange.path === seatPath) return enter(context, exchange, label)
  if (isOfStrip(exchange)) return answerStrip(context, exchange)
  if (isStatic(context, exchange)) return answerStatic(context, exchange)
  if (isSnapshot(context, exchange)) return answerSnapshot(context, exchange)
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return replyFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  if (entry === undefined) return noRoute(context, exchange)
  const { access } = entry.route
  if (access === undefined) return sendToForeign(context, exchange, entry)
  // The label belongs to no server any more. Row 1 of the rules refuses the label of another server.
  if (label !== undefined && label !== access.label && !context.table.hasLabel(label)) return noRoute(context, exchange)
  return serve(context, exchange, { entry, access, under: 'servers' })
}

/** Answers at one host for servers and hub. Only paths of a route with `access` belong to a server. */
function atBoth(context: SiteContext, exchange: Exchange): void | Promise<void> {
  if (exchange.path === seatPath) return enter(context, exchange, undefined)
  if (isOfStrip(exchange)) return answerStrip(context, exchange)
  if (isStatic(context, exchange)) return answerStatic(context, exchange)
  if (isSnapshot(context, exchange)) return answerSnapshot(context, exchange)
  const entry = context.table.find(decodedPath(exchange.path) ?? '/')
  const access = entry?.route.access
  if (entry !== undefined && access !== undefined) return serve(context, exchange, { entry, access, under: 'servers' })
  // The hub launches servers for people. A program would take the hub's pages for the server's answers.
  if (exchange.path.startsWith('/user/') && !isNavigated(exchange)) return noRoute(context, exchange)
  const isLinkOfProgram = exchange.path.startsWith('/user/') || exchange.path.startsWith('/hub/at/')
  if (isLinkOfProgram && inFrame(exchange) && isNavigated(exchange)) return noRoute(context, exchange)
  return sendToHub(context, exchange)
}

/** Says whether an address belongs to the strip, at each host of servers. */
function isOfStrip({ path }: Exchange): boolean {
  return path.startsWith(stripFilesPrefix) || path === leavePath
}

/** Says whether an address is one of static files at a host that all servers share. */
function isStatic({ site }: SiteContext, { path }: Exchange): boolean {
  return site.hosts !== 'own' && path.startsWith(staticFilesPrefix)
}

/** Says whether an address is that of a snapshot at a host that all servers share. */
function isSnapshot({ site }: SiteContext, { path }: Exchange): boolean {
  return site.hosts !== 'own' && path.startsWith(snapshotsPrefix)
}

function answerStrip(context: SiteContext, exchange: Exchange) {
  return exchange.path === leavePath ? answerLeave(context, exchange) : context.stripFiles.answer(exchange)
}

/** Sends people to the hub, which may know or start the server, and answers programs that nothing is here. */
function noRoute(context: SiteContext, exchange: Exchange) {
  const isServer = exchange.path.startsWith('/user/')
  if (isNavigated(exchange)) {
    const url = withoutToken(exchange.url)
    return leave(context, exchange, undefined, isServer ? openLink(url) : url)
  }
  const title = say`Nothing is here`
  return replyFault(
    exchange,
    isServer ? notRunning : { status: 404, code: 'not_found', title, message: say`There is nothing at this address.` },
  )
}

function isNavigated({ method, upgrade, headers }: Exchange): boolean {
  return isNavigation({ method, upgrade: upgrade !== undefined, headers })
}

/** Answers as a configurable-http-proxy does. */
function plain(context: PlainContext, exchange: Exchange): void | Promise<void> {
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return context.replyForeignFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  if (entry !== undefined) return sendToForeign(context, exchange, entry)
  return context.replyForeignFault(exchange, {
    status: 404,
    code: 'not_found',
    title: say`Nothing is here`,
    message: say`There is nothing at this address.`,
  })
}

const badEscapes = {
  status: 400,
  code: 'path_unclear',
  title: say`This address cannot be read`,
  message: say`The address contains a % that is not followed by two digits, or bytes that are not UTF-8.`,
}
