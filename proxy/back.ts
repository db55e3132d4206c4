/** The side of hubs: the route table on disk, its API, the metrics, and the question to a hub which routes there are. */
import { randomUUID } from 'node:crypto'
import { delayBounds, eventLoopDelay } from '../metrics/event-loop.ts'
import type { Metric } from '../metrics/metric.ts'
import { processMetrics } from '../metrics/process.ts'
import { isEverywhere, isPublic } from '../net/address.ts'
import { openListener } from '../net/listen.ts'
import type { Hubs } from './hubs/hubs.ts'
import { pullRoutes } from './hubs/pull.ts'
import { apiServer } from './listen/api-server.ts'
import type { ProxyCounters } from './metrics/counters.ts'
import { metricsAnswers } from './metrics/listener.ts'
import { snapshotOf } from './metrics/snapshot.ts'
import type { ProxyOptions } from './options.ts'
import { createApi } from './routes/api.ts'
import { openKeptTable, type TableChanged } from './routes/kept-table.ts'
import type { Pauses } from './routes/pauses.ts'
import type { RouteTable } from './routes/route-table.ts'

export interface BackParts {
  table: RouteTable
  counters: ProxyCounters
  /** Undefined for a plain proxy, whose routes lead to no learners' servers. */
  hubs: Hubs | undefined
  /** Undefined for a plain proxy. */
  pauses?: Pauses | undefined
  /** Resolves when every worker has all writes so far. */
  confirmed?: () => Promise<void>
  /** Returns the metrics of the workers. */
  measured?: () => Promise<Metric[][]>
}

export interface Back {
  apiUrl: string
  metricsUrl: string | undefined
}

/** Opens the side of hubs. Resolves when a hub has told the routes, or none could be asked. */
export async function openBack(options: ProxyOptions, parts: BackParts, opened: AsyncDisposableStack): Promise<Back> {
  const { token, log } = options
  const { table, counters, hubs, pauses, confirmed } = parts
  const serversUrl = hubs === undefined ? undefined : options.serversUrl
  const api = createApi({ table, token, log, instance: randomUUID(), serversUrl, pauses, counters, confirmed })
  const listening = await openListener(options.api, () => apiServer(api, log))
  opened.defer(() => listening.stop(0))
  const metricsUrl = await openMetrics(options, parts, opened)
  if (hubs !== undefined) {
    const pull = pullRoutes(hubs, table, log)
    opened.defer(() => pull.stop())
    await pull.done
  }
  return { apiUrl: listening.urls[0], metricsUrl }
}

/** Opens the listener for metrics, if there is to be one. */
async function openMetrics(
  { metrics, log }: ProxyOptions,
  { measured = async () => [], ...parts }: BackParts,
  opened: AsyncDisposableStack,
): Promise<string | undefined> {
  if (metrics === undefined) return undefined
  const measure = measureProcess(parts, opened)
  const collect = async () => [...(await measure()), ...(await measured())]
  if ('ips' in metrics && metrics.ips.some((ip) => isEverywhere(ip) || isPublic(ip)))
    log.warn({ ips: metrics.ips }, 'anyone who reaches these addresses can read the metrics of this proxy')
  const listening = await openListener(metrics, () => apiServer(metricsAnswers(collect), log, 'metrics'))
  opened.defer(() => listening.stop(0))
  return listening.urls[0]
}

/** Returns a function that returns the metrics of this process. */
export function measureProcess(
  { counters, table }: Pick<BackParts, 'counters' | 'table'>,
  opened: AsyncDisposableStack,
): () => Promise<Metric[][]> {
  const delay = eventLoopDelay()
  opened.defer(() => delay.stop())
  return async () => [
    snapshotOf(counters, { routes: table.all().length, eventLoopDelay: delay.read(delayBounds) }),
    await processMetrics(),
  ]
}

/** Opens the route table of a proxy, which is on disk if the options name a file. */
export async function openOwnTable(
  options: ProxyOptions,
  changed: TableChanged,
  opened: AsyncDisposableStack,
): Promise<RouteTable> {
  const { routesFile, log, hubs, hubUrl, forTests: { now = Date.now } = {} } = options
  const table = await openKeptTable({ routesFile, log, now, changed }, opened)
  // The default target of a plain proxy is a route like any other, as in configurable-http-proxy.
  const [defaultTarget] = hubs
  if (hubUrl === undefined && defaultTarget !== undefined) table.put({ path: '/', target: defaultTarget })
  return table
}
