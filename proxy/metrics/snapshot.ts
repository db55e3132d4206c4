import { STATUS_CODES } from 'node:http'
import { type Histogram, histogramMetric } from '../../metrics/histogram.ts'
import { counter, gauge, type Metric, type Sample } from '../../metrics/metric.ts'
import { type Tally, tallied } from '../../metrics/tally.ts'
import { classes, kinds, overAt, type ProxyCounters } from './counters.ts'

/** The numbers of a proxy that are not counted but looked up. */
export interface Present {
  routes: number
  eventLoopDelay: Histogram
}

/**
 * Returns the metrics of one process of a proxy. The processes of one proxy send theirs to one of them, and
 * `metricsText` adds them up.
 */
export function snapshotOf(counters: ProxyCounters, { routes, eventLoopDelay }: Present): Metric[] {
  return [
    ...forDashboards(counters),
    counter(
      'carrel_proxy_requests_total',
      'Requests that are over, by who answered them and how.',
      overSamples(counters),
    ),
    gauge('carrel_proxy_under_way', 'Requests under way, and WebSockets that are open or being opened.', [
      { labels: { kind: 'request' }, value: counters.requestsUnderWay },
      { labels: { kind: 'webSocket' }, value: counters.webSocketsOpen },
    ]),
    counter(
      'carrel_proxy_refusals_total',
      'Answers that refuse something, by row of the rules of admission and error code.',
      tallied(['row', 'code'], counters.refusals),
    ),
    counter('carrel_proxy_seats_checked_total', 'Requests to servers whose seat was checked.', counters.seatsChecked),
    counter('carrel_proxy_seats_renewed_total', 'Seats that got a new cookie.', counters.seatsRenewed),
    counter(
      'carrel_proxy_tokens_total',
      'Requests to servers with an API token, by what was found of it.',
      tallied(['state'], counters.tokens),
    ),
    counter(
      'carrel_proxy_hub_questions_total',
      'Questions of the proxy to a hub, by what they were about and how they ended.',
      tallied(['about', 'answer'], counters.questions),
    ),
    counter(
      'carrel_proxy_held_total',
      'Waits of requests for a hub that was away, by how they ended.',
      tallied(['result'], counters.held),
    ),
    histogramMetric('carrel_proxy_work_seconds', 'The work of the proxy on a request until it forwarded it.', [
      [{}, counters.work],
    ]),
    histogramMetric('carrel_proxy_wait_seconds', 'The wait for the head of an answer.', [
      [{ for: 'hub' }, counters.hubWait],
      [{ for: 'server' }, counters.serverWait],
    ]),
    // Each process of one proxy has all routes.
    gauge('carrel_proxy_routes', 'Routes in the table.', routes, 'max'),
    histogramMetric('carrel_proxy_event_loop_delay_seconds', 'How late the event loop was.', [[{}, eventLoopDelay]]),
  ]
}

/** Returns the metrics of configurable-http-proxy, by its names. */
function forDashboards(counters: ProxyCounters): Metric[] {
  const { sum, counts } = counters.work
  const count = counts.reduce((all, own) => all + own, 0)
  return [
    counter('api_route_get', 'Count of API route get requests', counters.routeReads),
    counter('api_route_add', 'Count of API route add requests', counters.routeWrites),
    counter('api_route_delete', 'Count of API route delete requests', counters.routeRemovals),
    {
      name: 'find_target_for_req',
      help: 'Summary of find target requests',
      type: 'summary',
      aggregator: 'sum',
      values: [
        { metricName: 'find_target_for_req_sum', labels: {}, value: sum },
        { metricName: 'find_target_for_req_count', labels: {}, value: count },
      ],
    },
    counter('requests_ws', 'Count of websocket requests', counters.webSocketRequests),
    counter('requests_web', 'Count of web requests', counters.webRequests),
    counter('requests_proxy', 'Count of proxy requests', byStatus(counters.statuses)),
    counter('requests_api', 'Count of API requests', byStatus(counters.apiStatuses)),
  ]
}

function overSamples({ over }: ProxyCounters): Sample[] {
  return kinds.flatMap((kind) =>
    classes.map((name, digit) => ({ labels: { by: kind, class: name }, value: over[overAt(kind, digit * 100)] ?? 0 })),
  )
}

/** Returns the counts of each status. Statuses without a meaning, which a server may invent, count as their class. */
function byStatus(statuses: readonly number[]): Sample[] {
  const counts: Tally = new Map()
  for (const [status, value] of statuses.entries()) {
    const label = STATUS_CODES[status] === undefined ? `${Math.floor(status / 100)}xx` : String(status)
    if (value > 0) counts.set(label, (counts.get(label) ?? 0) + value)
  }
  return tallied(['status'], counts)
}
