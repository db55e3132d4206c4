/**
 * The proxy forwards requests to the hub and to learners' servers, and decides by itself who may use which server.
 *
 * The proxy goes on without the hub. Its only state is the route table, which is kept on disk and served at once after
 * a restart.
 */
import { randomUUID } from 'node:crypto'
import { delayBounds, eventLoopDelay } from '../metrics/event-loop.ts'
import { processMetrics } from '../metrics/process.ts'
import { closerOf } from '../net/closer.ts'
import { openListener } from '../net/listen.ts'
import type { PlainContext } from './context.ts'
import { newExchange } from './exchange.ts'
import { pullRoutes } from './hubs/pull.ts'
import { limits } from './limits.ts'
import { apiServer } from './listen/api-server.ts'
import { openCertificate } from './listen/certificate.ts'
import { publicServer } from './listen/public-server.ts'
import { clientBehind } from './listen/trusted-proxies.ts'
import { metricsAnswers } from './metrics/listener.ts'
import { snapshotOf } from './metrics/snapshot.ts'
import type { ProxyOptions } from './options.ts'
import { openParts } from './parts.ts'
import { respond } from './requests/respond.ts'
import { createApi } from './routes/api.ts'

export interface RunningProxy {
  /** The URLs where browsers connect, one for each address. */
  urls: [string, ...string[]]
  /** The URL of the routes API. */
  apiUrl: string
  /** The URL of the listener for metrics. */
  metricsUrl: string | undefined
  /** Reads the certificate again. The proxy also does so by itself when the files change. */
  reload(): Promise<void>
  /** Stops the proxy. Resolves when everything is closed and the table is written to disk. Idempotent. */
  stop(): Promise<void>
}

/** Opens the listener for metrics, if there is to be one. */
async function openMetrics(
  { metrics, log }: ProxyOptions,
  { counters, table }: PlainContext,
  opened: AsyncDisposableStack,
): Promise<string | undefined> {
  if (metrics === undefined) return undefined
  const delay = eventLoopDelay()
  opened.defer(() => delay.stop())
  const collect = async () => [
    snapshotOf(counters, { routes: table.all().length, eventLoopDelay: delay.read(delayBounds) }),
    await processMetrics(),
  ]
  const listening = await openListener(metrics, () => apiServer(metricsAnswers(collect), log, 'metrics'))
  opened.defer(() => listening.stop(0))
  return listening.urls[0]
}

/** Starts a proxy. Rejects when a setting is wrong or an address to listen on is taken. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  await using opened = new AsyncDisposableStack()
  const {
    log,
    token,
    tls,
    trustedProxies,
    connectionsPerAddress = limits.connectionsPerAddress,
    forTests = {},
  } = options
  const { graceSeconds = 2, headMilliseconds = 30_000 } = forTests
  const context = await openParts(options, opened)
  const { table, lines, counters } = context
  const siteContext = 'site' in context ? context : undefined

  const clientOf = clientBehind(trustedProxies)
  const certificate = tls && (await openCertificate(tls, siteContext?.site.hostNames ?? [], log))
  opened.defer(() => certificate?.close())

  const api = createApi({
    table,
    token,
    log,
    instance: randomUUID(),
    takesServers: siteContext !== undefined,
    counters,
  })
  const apiListening = await openListener(options.api, () => apiServer(api, log))
  opened.defer(() => apiListening.stop(0))

  const metricsUrl = await openMetrics(options, context, opened)

  if (siteContext !== undefined) {
    const pull = pullRoutes(siteContext.hubs, table, log)
    opened.defer(() => pull.stop())
    await pull.done
  }
  const entrance = { certificate, headMilliseconds, connectionsPerAddress, trustedProxies, lines, log }
  const listening = await openListener(options.listen, () =>
    publicServer({ respond: (req, on) => respond(context, newExchange(req, on, clientOf)), ...entrance }),
  )
  opened.defer(() => listening.stop(graceSeconds * 1000))

  log.info({ urls: listening.urls, api: apiListening.urls[0], routes: table.all().length }, 'proxy started')
  return {
    urls: listening.urls,
    apiUrl: apiListening.urls[0],
    metricsUrl,
    reload: async () => certificate?.reload(),
    stop: closerOf(opened),
  }
}
