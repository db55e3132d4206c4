import { loggedPath } from '../../seats/logged-path.ts'
import type { PlainContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { countBegun, countOver } from '../metrics/counters.ts'

/**
 * Counts each request, and logs one line for it when it is over. The line never shows the query, a header or a body,
 * which may hold secrets.
 *
 * `milliseconds` is the whole request, `proxyMilliseconds` our own work before it was handed on, `hubMilliseconds` or
 * `serverMilliseconds` the wait for the head of the answer. The hub's share of a launch is the sum of the proxy's
 * and the hub's milliseconds over its requests.
 */
export function logWhenOver({ log, counters }: Pick<PlainContext, 'log' | 'counters'>, exchange: Exchange): void {
  const { record } = exchange
  const isUpgrade = exchange.upgrade !== undefined
  countBegun(counters, isUpgrade)
  exchange.answer.whenOver(() => {
    countOver(counters, record, isUpgrade)
    const end = performance.now()
    const { forwarded, answered } = record
    const wait = forwarded === undefined ? undefined : (answered ?? end) - forwarded
    const hubWait = (record.hubMilliseconds ?? 0) + (record.by === 'hub' ? (wait ?? 0) : 0)
    // A field without a value is left out of the line.
    log.info(
      {
        request: exchange.id,
        trace: exchange.trace().id,
        client: exchange.client,
        method: exchange.method,
        path: loggedPath(exchange.path),
        status: record.status ?? 0,
        by: record.by,
        ...record.why,
        webSocket: isUpgrade || undefined,
        left: record.status === undefined || (answered === undefined && forwarded !== undefined) || undefined,
        milliseconds: rounded(end - record.started),
        proxyMilliseconds: rounded((forwarded ?? end) - record.started - (record.hubMilliseconds ?? 0)),
        hubMilliseconds: hubWait > 0 ? rounded(hubWait) : undefined,
        serverMilliseconds: record.by === 'server' && wait !== undefined ? rounded(wait) : undefined,
      },
      'request',
    )
  })
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
