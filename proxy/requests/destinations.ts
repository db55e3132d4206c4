/** Handing on to the hub and to backends without seats. Servers behind seats: serve.ts. */
import { loggedPath } from '../../seats/logged-path.ts'
import type { Context } from '../context.ts'
import { toForeignHeaders, toHubHeaders } from '../forward/headers-in.ts'
import { endToEnd } from '../forward/hop-by-hop.ts'
import { Crowded, foreignPool, hubPool } from '../forward/rooms.ts'
import { anyServersFraming, replyFault } from '../replies/reply.ts'
import type { Entry } from '../routes/route-table.ts'
import type { Visit } from '../visit.ts'
import type { Site } from './site.ts'

export async function sendToHub(context: Context, site: Site, visit: Visit): Promise<void> {
  const { hubs, forwarder, token, lines, log } = context
  if (hubs === undefined) throw new Error('a site without hubs')
  const target = await hubs.reachable()
  visit.record.by = 'hub'
  forwarder.send({
    visit,
    target,
    pool: hubPool(target),
    url: visit.url,
    headers: toHubHeaders(visit, site, token),
    answer: (_status, headers) => endToEnd(headers),
    failed(error) {
      const isBusy = error instanceof Crowded
      if (!isBusy && lines.take('hub') === 0) log.error({ request: visit.id, err: error }, 'hub is out of reach')
      replyFault(visit, {
        status: 503,
        code: isBusy ? 'hub_busy' : 'hub_unreachable',
        title: 'The hub does not answer',
        message: `It ${isBusy ? 'has too much to do' : 'may be restarting'}. Running notebooks are not affected. Reload this page in a few seconds.`,
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
    pool: foreignPool(entry.target),
    url: visit.url,
    headers: toForeignHeaders(visit),
    answer(status, headers) {
      if (status >= 200 && status < 300) entry.lastActivity = now()
      return endToEnd(headers)
    },
    failed(error) {
      const isBusy = error instanceof Crowded
      const route = loggedPath(entry.route.path)
      if (!isBusy && lines.take(route) === 0) {
        log.warn({ request: visit.id, err: error, route }, 'target of a route is out of reach')
      }
      return replyForeignFault(visit, {
        status: 503,
        code: isBusy ? 'target_busy' : 'target_unreachable',
        title: 'This server does not answer',
        message: 'It may be starting, may have stopped, or be too busy. Reload this page in a moment.',
        headers: { 'retry-after': '5' },
      })
    },
    onData() {
      entry.lastActivity = now()
    },
  })
}
