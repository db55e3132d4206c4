/**
 * The owner of a proxy with several workers. It has the route table and its file, the routes API, and the question to a
 * hub which routes there are. Workers accept the browsers' connections, with a copy of the table each.
 */
import { closerOf } from '../../net/closer.ts'
import { openBack, openOwnTable } from '../back.ts'
import { createHubs } from '../hubs/hubs.ts'
import { gatewaysOf } from '../listen/gateways.ts'
import { createCounters } from '../metrics/counters.ts'
import type { ProxyOptions } from '../options.ts'
import type { RunningProxy } from '../proxy.ts'
import { siteOf } from '../requests/site.ts'
import type { Pauses } from '../routes/pauses.ts'
import { laterActivity } from '../routes/route-table.ts'
import { type Crew, openCrew } from './crew.ts'
import type { Fork } from './fork.ts'
import { keepWorkerList } from './leftovers.ts'

const graceMilliseconds = 2000

/** Starts a proxy with workers. Rejects when a setting is wrong or a worker cannot start. */
export async function startOwner(options: ProxyOptions & { workers: number }, fork: Fork): Promise<RunningProxy> {
  await using opened = new AsyncDisposableStack()
  const { hubs: endpoints, token, log, workers } = options
  const site = siteOf(options)
  // Said here once, and not by each worker.
  gatewaysOf(options)
  const counters = createCounters()
  let crew: Crew | undefined
  const table = await openOwnTable(options, (path, _before, after) => crew?.tell(path, after), opened)
  const hubs = site && createHubs(endpoints, token, log, counters)
  opened.defer(() => hubs?.close())
  const confirmed = async () => crew?.confirmed()
  const measured = async () => crew?.measured() ?? []
  // No hub can ask before the workers are forked.
  const pauses: Pauses | undefined = site && {
    begin: async (path, id) => crew?.pauses.begin(path, id) ?? 'other',
    end: async (path, id) => crew?.pauses.end(path, id) ?? false,
  }
  const { apiUrl, metricsUrl } = await openBack(options, { table, counters, hubs, pauses, confirmed, measured }, opened)

  const list = options.routesFile === undefined ? undefined : keepWorkerList(options.routesFile)
  opened.defer(() => list?.close())
  const running = openCrew({
    workers,
    fork(slot) {
      const worker = fork(slot)
      if (worker.process.pid !== undefined) list?.note(slot, worker.process.pid)
      return worker
    },
    table,
    log,
    async write(route) {
      table.put(route)
      await confirmed()
    },
    active(routes) {
      const now = Date.now()
      for (const [path, at, use] of routes) {
        const entry = table.get(path)
        const seen = { lastActivity: Math.min(at, now), lastUse: Math.min(use, now) }
        if (entry !== undefined) Object.assign(entry, laterActivity(entry, seen))
      }
    },
    // What is not known counts as active.
    lost() {
      for (const entry of table.all()) Object.assign(entry, { lastActivity: Date.now(), lastUse: undefined })
    },
  })
  crew = running
  opened.defer(() => running.stop(graceMilliseconds))
  const urls = await running.started
  log.info({ urls, api: apiUrl, metrics: metricsUrl, routes: table.all().length, workers }, 'proxy started')
  return { urls, apiUrl, metricsUrl, reload: async () => running.reload(), stop: closerOf(opened) }
}
