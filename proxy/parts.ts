import { createBuckets, createClientBuckets, linePace } from '../net/bucket.ts'
import type { Context, PlainContext, SiteContext } from './context.ts'
import { createForwarder } from './forward/forward.ts'
import { runPool } from './forward/places.ts'
import { createAdmissions } from './hubs/admissions.ts'
import { createHubs } from './hubs/hubs.ts'
import { createCounters } from './metrics/counters.ts'
import type { ProxyOptions } from './options.ts'
import { foreignErrors } from './replies/foreign-errors.ts'
import { createOpenConnections } from './requests/open-connections.ts'
import { siteOf } from './requests/site.ts'
import { createRouteTable, type RouteTable } from './routes/route-table.ts'
import { keepRoutes, loadRoutes, type RoutesFile } from './routes/routes-file.ts'

/** Creates the parts of a proxy, and puts the parts that must be closed again on `opened`. */
export async function openParts(options: ProxyOptions, opened: AsyncDisposableStack): Promise<Context> {
  const { log, token, hubs: endpoints, forTests = {} } = options
  const { now = Date.now, ticketMilliseconds = 10_000, unknownTickets = { burst: 1000, perSecond: 5 } } = forTests
  const site = siteOf(options)
  const counters = createCounters()
  const forwarder = createForwarder(log)
  opened.defer(() => forwarder.close())
  const openConnections = createOpenConnections()
  const table = await openTable(options, { forwarder, openConnections, now }, opened)
  const replyForeignFault = foreignErrors(options, log)
  const plain: PlainContext = {
    log,
    lines: createBuckets(linePace),
    counters,
    table,
    forwarder,
    replyForeignFault,
    now,
  }

  if (site === undefined) {
    // The default target is a route like any other, as in configurable-http-proxy.
    const [defaultTarget] = endpoints
    if (defaultTarget !== undefined) table.put({ path: '/', target: defaultTarget })
    return plain
  }
  const hubs = createHubs(endpoints, token, log, counters)
  opened.defer(() => hubs.close())
  const context: SiteContext = {
    ...plain,
    site,
    token,
    hubs,
    admissions: createAdmissions(hubs, now, counters),
    unknownTickets: createClientBuckets(unknownTickets),
    openConnections,
    ticketMilliseconds,
  }
  opened.defer(endWithKeys(context))
  return context
}

/**
 * Opens the route table from its file. A later change of a route at once closes the open connections that the new
 * route would not let in, and the idle connections to a run that has ended.
 */
async function openTable(
  { routesFile, log }: ProxyOptions,
  { forwarder, openConnections, now }: Pick<SiteContext, 'forwarder' | 'openConnections' | 'now'>,
  opened: AsyncDisposableStack,
): Promise<RouteTable> {
  const saved = routesFile === undefined ? { entries: [], removed: [] } : await loadRoutes(routesFile, log)
  let file: RoutesFile | undefined
  const table = createRouteTable({
    ...saved,
    now,
    changed(_path, before, after) {
      file?.touch()
      const earlier = before?.route.access
      if (earlier === undefined) return
      const access = after?.route.access
      const isSameServer = access?.server === earlier.server
      openConnections.recheck(earlier.server, isSameServer ? access : undefined, now())
      if (!isSameServer || access?.run !== earlier.run) forwarder.leave(runPool(earlier).name)
    },
  })
  if (routesFile !== undefined) {
    const kept = keepRoutes(routesFile, () => ({ entries: table.all(), removed: table.removed() }), log)
    file = kept
    opened.defer(() => kept.close())
  }
  return table
}

/** From now on closes the open connections of runs whose key was dropped. Returns a function that stops this. */
function endWithKeys({ site, table, openConnections, log, now }: SiteContext): () => void {
  return site.keys.onChange((dropped) => {
    log.info({ dropped, kids: site.keys.all.map((key) => key.kid) }, 'the keys have changed')
    for (const { route } of table.all()) {
      if (route.access === undefined || !dropped.includes(route.access.kid)) continue
      openConnections.recheck(route.access.server, undefined, now())
    }
  })
}
