/** Handing on to the hub and to backends without seats. Servers behind seats: serve.ts. */
import { loggedPath } from '../seats/logged-path.ts'
import type { Context } from './context.ts'
import { toForeignHeaders, toHubHeaders } from './headers-in.ts'
import { endToEnd } from './hop-by-hop.ts'
import { anyServersFraming, replyFault } from './reply.ts'
import type { Entry } from './route-table.ts'
import type { Site } from './site.ts'
import type { Visit } from './visit.ts'

export async function sendToHub(context: Context, site: Site, visit: Visit): Promise<void> {
  const { hubs, forwarder, token, lines, log } = context
  if (hubs === undefined) throw new Error('a site without hubs')
  const target = await hubs.reachable()
  visit.record.by = 'hub'
  forwarder.send({
    visit,
    target,
    url: visit.url,
    headers: toHubHeaders(visit, site, token),
    answer: (_status, headers) => endToEnd(headers),
    failed(error) {
      if (lines.take('hub') === 0) log.error({ request: visit.id, err: error }, 'hub is out of reach')
      replyFault(visit, {
        status: 503,
        code: 'hub_unreachable',
        title: 'The hub does not answer',
        message: 'It may be restarting. Running notebooks are not affected. Reload this page in a few seconds.',
        framing: anyServersFraming(context, visit),
        headers: { 'retry-after': '5' },
      })
    },
  })
}

/** As configurable-http-proxy does it: to anybody, with everything. */
export function sendToForeign(
  { forwarder, lines, log, now, replyForeignFault }: Context,
  visit: Visit,
  entry: Entry,
): void {
  visit.record.by = 'server'
  forwarder.send({
    visit,
    target: entry.target,
    url: visit.url,
    headers: toForeignHeaders(visit),
    answer(status, headers) {
      if (status >= 200 && status < 300) entry.lastActivity = now()
      return endToEnd(headers)
    },
    failed(error) {
      const route = loggedPath(entry.route.path)
      if (lines.take(route) === 0) {
        log.warn({ request: visit.id, err: error, route }, 'target of a route is out of reach')
      }
      replyForeignFault(visit, {
        status: 503,
        code: 'target_unreachable',
        title: 'This server does not answer',
        message: 'It may be starting or may have stopped. Reload this page in a moment.',
      })
    },
    onData() {
      entry.lastActivity = now()
    },
  })
}
