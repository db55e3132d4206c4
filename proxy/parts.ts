import { createBuckets, createClientBuckets, linePace } from '../net/bucket.ts'
import type { OwnRoute } from '../seats/route.ts'
import type { Context, PlainContext, SiteContext } from './context.ts'
import { deskPace } from './desk/api.ts'
import { openStripFiles } from './desk/strip-files.ts'
import { createForwarder } from './forward/forward.ts'
import { createHolding } from './forward/holding.ts'
import { runPool } from './forward/places.ts'
import { createAdmissions } from './hubs/admissions.ts'
import { fetchArchive } from './hubs/archives.ts'
import { createHubs } from './hubs/hubs.ts'
import { limits, paceOf, partOf } from './limits.ts'
import { gatewaysOf } from './listen/gateways.ts'
import { createCounters } from './metrics/counters.ts'
import type { ProxyOptions } from './options.ts'
import { foreignErrors } from './replies/foreign-errors.ts'
import { createOpenConnections } from './requests/open-connections.ts'
import { siteOf } from './requests/site.ts'
import type { TableChanged } from './routes/kept-table.ts'
import { createPauses } from './routes/pauses.ts'
import type { RouteTable } from './routes/route-table.ts'
import { openCopies } from './static-files/copies.ts'
import { openStaticFiles } from './static-files/static-files.ts'

/** The route table of a process that browsers reach: the proxy's own, or a worker's copy. */
export interface Routes {
  table: RouteTable
  /** See `SiteContext.takeRoute`. */
  take(route: OwnRoute): Promise<void>
}

/** Opens the routes. `changed` must be called after every change of a route. */
export type OpenRoutes = (changed: TableChanged) => Promise<Routes>

/**
 * Creates the parts of a process that browsers reach, and puts the parts that must be closed again on `opened`. Each of
 * several workers has its part of every limit.
 */
export async function openParts(
  options: ProxyOptions,
  openRoutes: OpenRoutes,
  opened: AsyncDisposableStack,
): Promise<Context> {
  const { log, token, hubs: endpoints, workers = 1, holdSeconds = 0, staticFolder, forTests = {} } = options
  const { now = Date.now, ticketMilliseconds = 10_000, unknownTickets = { burst: 1000, perSecond: 5 } } = forTests
  const site = siteOf(options)
  const counters = createCounters()
  const forwarder = createForwarder(log, { workers })
  opened.defer(() => forwarder.close())
  const openConnections = createOpenConnections(workers)
  const staticFiles =
    site === undefined || staticFolder === undefined
      ? undefined
      : openStaticFiles({
          copies: openCopies(staticFolder),
          fetch: (digest, write) => fetchArchive({ hubs: endpoints, token }, digest, write),
          log,
        })
  opened.defer(() => staticFiles?.close())
  const closesEnded = closesWhatEnded({ forwarder, openConnections, now })
  const { table, take } = await openRoutes((path, before, after) => {
    closesEnded(path, before, after)
    staticFiles?.changed(before?.route.access?.static, after?.route.access?.static)
  })
  for (const { route } of table.all()) staticFiles?.changed(undefined, route.access?.static)
  const questions = partOf(limits.questions, workers)
  const plain: PlainContext = {
    log,
    lines: createBuckets(linePace),
    counters,
    table,
    forwarder,
    gateways: gatewaysOf(options),
    replyForeignFault: foreignErrors(options, log, questions),
    now,
  }
  if (site === undefined) return plain

  const hubs = createHubs(endpoints, token, log, counters, { connections: questions, holdSeconds })
  opened.defer(() => hubs.close())
  const context: SiteContext = {
    ...plain,
    site,
    token,
    hubs,
    holding: holdSeconds === 0 ? undefined : createHolding(log, workers),
    admissions: createAdmissions(hubs, now, counters, workers),
    unknownTickets: createClientBuckets(paceOf(unknownTickets, workers)),
    openConnections,
    pauses: createPauses(),
    stripFiles: await openStripFiles(),
    staticFiles,
    deskQuestions: createBuckets(paceOf(deskPace, workers)),
    takeRoute: take,
    ticketMilliseconds,
  }
  opened.defer(endWithKeys(context))
  return context
}

/**
 * Returns what happens at a change of a route: at once the open connections close that the new route would not let in,
 * and the idle connections to a run that has ended.
 */
function closesWhatEnded({
  forwarder,
  openConnections,
  now,
}: Pick<SiteContext, 'forwarder' | 'openConnections' | 'now'>): TableChanged {
  return (_path, before, after) => {
    const earlier = before?.route.access
    if (earlier === undefined) return
    const access = after?.route.access
    const isSameServer = access?.server === earlier.server
    openConnections.recheck(earlier.server, isSameServer ? access : undefined, now())
    if (!isSameServer || access?.run !== earlier.run) forwarder.leave(runPool(earlier).name)
  }
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
