/** The listener that browsers reach. The host of a request decides first, then its path. */
import { openLink, seatPath } from '../../seats/links.ts'
import { isNavigation } from '../../seats/rules.ts'
import { decodedPath, withoutToken } from '../../seats/spelling.ts'
import type { Context, PlainContext, SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { json, redirect, replyFault } from '../replies/reply.ts'
import { sendToForeign, sendToHub } from './destinations.ts'
import { enter } from './enter.ts'
import { malformed } from './malformed.ts'
import { notRunning, serve, shownTokens } from './serve.ts'

export async function handle(context: Context, exchange: Exchange): Promise<void> {
  const fault = malformed(exchange)
  if (fault !== undefined) return replyFault(exchange, { ...fault, headers: { connection: 'close' } })
  const isHealth = exchange.path === '/_carrel/health' || exchange.path === '/_chp_healthz'
  if (isHealth && exchange.method === 'GET') return json(exchange, 200, { status: 'OK' })

  return 'site' in context ? atSite(context, exchange) : plain(context, exchange)
}

async function atSite(context: SiteContext, exchange: Exchange): Promise<void> {
  const place = context.site.place(exchange.hosts[0] ?? '')
  switch (place?.whose) {
    case 'hub':
      return atHub(context, exchange)
    case 'servers':
      return atServers(context, exchange, place.label)
    case 'both':
      return atBoth(context, exchange)
    default:
      return replyFault(exchange, {
        status: 421,
        code: 'host_wrong',
        title: 'This name is not served here',
        message: 'The host name in the address belongs neither to the hub nor to its servers.',
        next: { href: context.site.hubUrl, label: 'Go to the hub' },
      })
  }
}

/** `/user/…` is the hub's here. Only a program that shows a token, as no page can make a browser do, gets through. */
async function atHub(context: SiteContext, exchange: Exchange): Promise<void> {
  if (!exchange.path.startsWith('/user/') || shownTokens(exchange).length === 0) return sendToHub(context, exchange)
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return replyFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  const access = entry?.route.access
  if (entry === undefined || access === undefined) return replyFault(exchange, notRunning)
  return serve(context, exchange, { entry, access, under: 'hub' })
}

async function atServers(context: SiteContext, exchange: Exchange, label: string | undefined): Promise<void> {
  if (exchange.path === seatPath) return enter(context, exchange, label)
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return replyFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  if (entry === undefined) return noRoute(context, exchange)
  const { access } = entry.route
  if (access === undefined) return sendToForeign(context, exchange, entry)
  // The host of a server that is no more. That of another server is for row 1 to refuse.
  if (label !== undefined && label !== access.label && !context.table.hasLabel(label)) return noRoute(context, exchange)
  return serve(context, exchange, { entry, access, under: 'servers' })
}

/** One host for servers and hub: only what a route of the hub's own leads to is a server's. */
async function atBoth(context: SiteContext, exchange: Exchange): Promise<void> {
  if (exchange.path === seatPath) return enter(context, exchange, undefined)
  const entry = context.table.find(decodedPath(exchange.path) ?? '/')
  const access = entry?.route.access
  if (entry !== undefined && access !== undefined) return serve(context, exchange, { entry, access, under: 'servers' })
  // The hub launches for people; to a program its pages would look like the server's answers.
  if (exchange.path.startsWith('/user/') && !isNavigated(exchange)) return noRoute(context, exchange)
  return sendToHub(context, exchange)
}

/** The server may be stopped, or be known to the hub only: people are sent there, programs get an answer. */
function noRoute({ site: { hubUrl } }: SiteContext, exchange: Exchange) {
  const isServer = exchange.path.startsWith('/user/')
  if (isNavigated(exchange)) {
    const url = withoutToken(exchange.url)
    return redirect(exchange, hubUrl + (isServer ? openLink(url) : url))
  }
  const title = 'Nothing is here'
  return replyFault(
    exchange,
    isServer ? notRunning : { status: 404, code: 'not_found', title, message: 'There is nothing at this address.' },
  )
}

function isNavigated({ method, upgrade, req }: Exchange): boolean {
  return isNavigation({ method, upgrade: upgrade !== undefined, headers: req.headers })
}

/** A configurable-http-proxy. */
async function plain(context: PlainContext, exchange: Exchange): Promise<void> {
  const decoded = decodedPath(exchange.path)
  if (decoded === undefined) return context.replyForeignFault(exchange, badEscapes)
  const entry = context.table.find(decoded)
  if (entry !== undefined) return sendToForeign(context, exchange, entry)
  return context.replyForeignFault(exchange, {
    status: 404,
    code: 'not_found',
    title: 'Nothing is here',
    message: 'There is nothing at this address.',
  })
}

const badEscapes = {
  status: 400,
  code: 'path_unclear',
  title: 'This address cannot be read',
  message: 'The address contains a % that is not followed by two digits, or bytes that are not UTF-8.',
}
