/** Forwards requests to the hub and to backends without seats. `serve.ts` forwards to servers behind seats. */
import { loggedPath } from '../../seats/logged-path.ts'
import type { PlainContext, SiteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { toForeignHeaders, toHubHeaders } from '../forward/headers-in.ts'
import { endToEnd } from '../forward/hop-by-hop.ts'
import { Crowded, foreignPool, hubPool } from '../forward/places.ts'
import { anyServersFraming, replyFault } from '../replies/reply.ts'
import type { HeldRoute } from '../routes/route-table.ts'

export async function sendToHub(context: SiteContext, exchange: Exchange): Promise<void> {
  const { site, hubs, forwarder, token, lines, log } = context
  const target = await hubs.reachable()
  exchange.record.by = 'hub'
  forwarder.send({
    exchange,
    target,
    pool: hubPool(target),
    url: exchange.url,
    headers: toHubHeaders(exchange, site, token),
    headersFor: (_status, headers) => endToEnd(headers),
    failed(error) {
      const isBusy = error instanceof Crowded
      if (!isBusy && lines.take('hub') === 0) log.error({ request: exchange.id, err: error }, 'hub is out of reach')
      replyFault(exchange, {
        status: 503,
        code: isBusy ? 'hub_busy' : 'hub_unreachable',
        title: 'The hub does not answer',
        message: `It ${isBusy ? 'has too much to do' : 'may be restarting'}. Running notebooks are not affected. Reload this page in a few seconds.`,
        framing: anyServersFraming(context, exchange),
        headers: { 'retry-after': '5' },
      })
    },
  })
}

/** Forwards a request to a route without `access`: any client's, with all headers, as configurable-http-proxy does. */
export function sendToForeign(
  { table, forwarder, lines, log, replyForeignFault }: PlainContext,
  exchange: Exchange,
  entry: HeldRoute,
): void {
  exchange.record.by = 'server'
  forwarder.send({
    exchange,
    target: entry.target,
    pool: foreignPool(entry.target),
    url: exchange.url,
    headers: toForeignHeaders(exchange),
    headersFor(status, headers) {
      if (status >= 200 && status < 300) table.noteActivity(entry)
      return endToEnd(headers)
    },
    failed(error) {
      const isBusy = error instanceof Crowded
      const route = loggedPath(entry.route.path)
      if (!isBusy && lines.take(route) === 0) {
        log.warn({ request: exchange.id, err: error, route }, 'target of a route is out of reach')
      }
      return replyForeignFault(exchange, {
        status: 503,
        code: isBusy ? 'target_busy' : 'target_unreachable',
        title: 'This server does not answer',
        message: 'It may be starting, may have stopped, or be too busy. Reload this page in a moment.',
        headers: { 'retry-after': '5' },
      })
    },
    onData() {
      table.noteActivity(entry)
    },
  })
}
