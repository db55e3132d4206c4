/**
 * The proxy forwards requests to the hub and to learners' servers, and decides by itself who may use which server.
 *
 * The proxy goes on without the hub. Its only state is the route table, which is kept on disk and served at once after
 * a restart.
 */
import { closerOf } from '../net/closer.ts'
import { openBack, openOwnTable } from './back.ts'
import { openFront } from './front.ts'
import type { ProxyOptions } from './options.ts'

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

/** Starts a proxy in this process. Rejects when a setting is wrong or an address to listen on is taken. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  await using opened = new AsyncDisposableStack()
  const front = await openFront(
    options,
    async (changed) => {
      const table = await openOwnTable(options, changed, opened)
      return { table, take: async (route) => void table.put(route) }
    },
    opened,
  )
  const { context } = front
  const { table, counters } = context
  const { hubs, pauses } = 'site' in context ? context : {}
  const { apiUrl, metricsUrl } = await openBack(options, { table, counters, hubs, pauses }, opened)
  const urls = await front.listen()
  options.log.info({ urls, api: apiUrl, routes: table.all().length }, 'proxy started')
  return { urls, apiUrl, metricsUrl, reload: front.reload, stop: closerOf(opened) }
}
