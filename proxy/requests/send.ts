/** Forwards requests to the hub and to backends without seats. `serve.ts` forwards to servers behind seats. */

import { lineOf } from '../../net/error-code.ts'
import { loggedPath } from '../../seats/logged-path.ts'
import { isNavigation } from '../../seats/rules.ts'
import { say, sentences } from '../../words/text.ts'
import type { PlainContext, SiteContext } from '../context.ts'
import type { HubQuestion } from '../desk/api.ts'
import type { Exchange } from '../exchange.ts'
import { type Forwarding, fail } from '../forward/forwarding.ts'
import { toForeignHeaders, toHubHeaders } from '../forward/headers-in.ts'
import { endToEnd } from '../forward/hop-by-hop.ts'
import { Crowded, foreignPool, hubPool } from '../forward/places.ts'
import { countHeld } from '../metrics/counters.ts'
import { anyServersFraming, replyFault } from '../replies/reply.ts'
import type { HeldRoute } from '../routes/route-table.ts'

/**
 * Forwards a request to a hub, or the question that takes its place. While no hub takes connections, the request waits for
 * one, at most until `end`.
 */
export async function sendToHub(
  context: SiteContext,
  exchange: Exchange,
  question?: HubQuestion,
  end?: number,
): Promise<void> {
  const { hubs, forwarder, holding, counters, token, lines, log } = context
  const target = await hubs.reachable()
  exchange.record.by = 'hub'
  const forwarding: Forwarding = {
    exchange,
    target,
    pool: hubPool(target),
    url: question?.url ?? exchange.url,
    headers: question?.headers ?? toHubHeaders(exchange, context, token),
    headersFor: question?.headersFor ?? ((_status, headers) => endToEnd(headers)),
    failed(error) {
      // A page that a person opens comes by itself as soon as the hub answers.
      const { method, upgrade, headers } = exchange
      const again = isNavigation({ method, upgrade: upgrade !== undefined, headers })
      const isBusy = error instanceof Crowded
      if (!isBusy && lines.take('hub') === 0)
        log.error({ request: exchange.id, reason: lineOf(error) }, 'hub is out of reach')
      replyFault(exchange, {
        status: 503,
        code: isBusy ? 'hub_busy' : 'hub_unreachable',
        title: say`The hub does not answer`,
        message: sentences([
          isBusy
            ? say`It has too much to do. Running notebooks are not affected.`
            : say`It may be restarting. Running notebooks are not affected.`,
          again ? say`This page tries again by itself.` : say`Reload this page in a few seconds.`,
        ]),
        framing: anyServersFraming(context, exchange),
        headers: { 'retry-after': '5', ...(again && { refresh: '5' }) },
      })
    },
  }
  if (holding !== undefined) {
    forwarding.unsent = async (error) => {
      const last = end ?? hubs.holdEnd()
      const isBack = await holding.hold(exchange, () => hubs.untilBack(last))
      countHeld(counters, exchange.hasLeft() ? 'left' : isBack ? 'sent' : 'refused')
      if (exchange.hasLeft()) return undefined
      return isBack ? sendToHub(context, exchange, question, last) : fail(forwarding, error)
    }
  }
  forwarder.send(forwarding)
}

/** Forwards a request to a route without `access`: any client's, with all headers, as configurable-http-proxy does. */
export function sendToForeign(
  { table, forwarder, gateways, lines, log, replyForeignFault }: PlainContext,
  exchange: Exchange,
  entry: HeldRoute,
): void {
  exchange.record.by = 'server'
  forwarder.send({
    exchange,
    target: entry.target,
    pool: foreignPool(entry.target),
    url: exchange.url,
    headers: toForeignHeaders(exchange, gateways),
    headersFor(status, headers) {
      if (status >= 200 && status < 300) table.noteActivity(entry)
      return endToEnd(headers)
    },
    failed(error) {
      const isBusy = error instanceof Crowded
      const route = loggedPath(entry.route.path)
      if (!isBusy && lines.take(route) === 0) {
        log.warn({ request: exchange.id, reason: lineOf(error), route }, 'target of a route is out of reach')
      }
      return replyForeignFault(exchange, {
        status: 503,
        code: isBusy ? 'target_busy' : 'target_unreachable',
        title: say`This server does not answer`,
        message: say`It may be starting, may have stopped, or be too busy. Reload this page in a moment.`,
        headers: { 'retry-after': '5' },
      })
    },
    onData() {
      table.noteActivity(entry)
    },
  })
}
