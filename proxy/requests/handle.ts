/** The listener that browsers reach. The host of a request decides first, then its path. */
import { openLink, seatPath } from '../../seats/links.ts'
import { isNavigation } from '../../seats/rules.ts'
import { decodedPath, withoutToken } from '../../seats/spelling.ts'
import type { Context } from '../context.ts'
import { json, redirect, replyFault } from '../replies/reply.ts'
import type { Visit } from '../visit.ts'
import { sendToForeign, sendToHub } from './destinations.ts'
import { enter } from './enter.ts'
import { malformed } from './malformed.ts'
import { notRunning, serve, tokensOf } from './serve.ts'
import type { Site } from './site.ts'

export async function handle(context: Context, visit: Visit): Promise<void> {
  const fault = malformed(visit)
  if (fault !== undefined) return replyFault(visit, { ...fault, headers: { connection: 'close' } })
  const isHealth = visit.path === '/_carrel/health' || visit.path === '/_chp_healthz'
  if (isHealth && visit.method === 'GET') return json(visit, 200, { status: 'OK' })

  const { site } = context
  if (site === undefined) return plain(context, visit)
  const place = site.place(visit.hosts[0] ?? '')
  switch (place?.whose) {
    case 'hub':
      return atHub(context, site, visit)
    case 'servers':
      return atServers(context, site, visit, place.label)
    case 'both':
      return atBoth(context, site, visit)
    default:
      return replyFault(visit, {
        status: 421,
        code: 'host_wrong',
        title: 'This name is not served here',
        message: 'The host name in the address belongs neither to the hub nor to its servers.',
        next: { href: site.hubUrl, label: 'Go to the hub' },
      })
  }
}

/** `/user/…` is the hub's here. Only a program that shows a token, as no page can make a browser do, gets through. */
async function atHub(context: Context, site: Site, visit: Visit): Promise<void> {
  if (!visit.path.startsWith('/user/') || tokensOf(visit).length === 0) return sendToHub(context, site, visit)
  const decoded = decodedPath(visit.path)
  if (decoded === undefined) return replyFault(visit, badEscapes)
  const entry = context.table.find(decoded)
  const admit = entry?.route.admit
  if (entry === undefined || admit === undefined) return replyFault(visit, notRunning)
  return serve(context, site, visit, entry, admit, true)
}

async function atServers(context: Context, site: Site, visit: Visit, label: string | undefined): Promise<void> {
  if (visit.path === seatPath) return enter(context, site, visit, label)
  const decoded = decodedPath(visit.path)
  if (decoded === undefined) return replyFault(visit, badEscapes)
  const entry = context.table.find(decoded)
  if (entry === undefined) return noRoute(site, visit)
  const { admit } = entry.route
  if (admit === undefined) return sendToForeign(context, visit, entry)
  // The host of a server that is no more. That of another server is for row 1 to refuse.
  if (label !== undefined && label !== admit.label && !context.table.hasLabel(label)) return noRoute(site, visit)
  return serve(context, site, visit, entry, admit)
}

/** One host for servers and hub: only what a route of the hub's own leads to is a server's. */
async function atBoth(context: Context, site: Site, visit: Visit): Promise<void> {
  if (visit.path === seatPath) return enter(context, site, visit, undefined)
  const entry = context.table.find(decodedPath(visit.path) ?? '/')
  const admit = entry?.route.admit
  if (entry !== undefined && admit !== undefined) return serve(context, site, visit, entry, admit)
  // The hub launches for people; to a program its pages would look like the server's answers.
  if (visit.path.startsWith('/user/') && !isNavigated(visit)) return noRoute(site, visit)
  return sendToHub(context, site, visit)
}

/** The server may be stopped, or be known to the hub only: people are sent there, programs get an answer. */
function noRoute({ hubUrl }: Site, visit: Visit) {
  const isServer = visit.path.startsWith('/user/')
  if (isNavigated(visit)) {
    const url = withoutToken(visit.url)
    return redirect(visit, hubUrl + (isServer ? openLink(url) : url))
  }
  const title = 'Nothing is here'
  return replyFault(
    visit,
    isServer ? notRunning : { status: 404, code: 'not_found', title, message: 'There is nothing at this address.' },
  )
}

function isNavigated({ method, upgrade, req }: Visit): boolean {
  return isNavigation({ method, upgrade: upgrade !== undefined, headers: req.headers })
}

/** A configurable-http-proxy. */
async function plain(context: Context, visit: Visit): Promise<void> {
  const decoded = decodedPath(visit.path)
  if (decoded === undefined) return context.replyForeignFault(visit, badEscapes)
  const entry = context.table.find(decoded)
  if (entry !== undefined) return sendToForeign(context, visit, entry)
  return context.replyForeignFault(visit, {
    status: 404,
    code: 'not_found',
    title: 'Nothing is here',
    message: 'No route leads to this address.',
  })
}

const badEscapes = {
  status: 400,
  code: 'path_unclear',
  title: 'This address cannot be read',
  message: 'The address contains a % that is not followed by two digits, or bytes that are not UTF-8.',
}
