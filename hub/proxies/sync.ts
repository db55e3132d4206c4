import { setTimeout as sleep } from 'node:timers/promises'
import { observe } from '../../metrics/histogram.ts'
import { type OwnRoute, routesDigest } from '../../seats/route.ts'
import { becomeHousekeeper, nextRevision, raiseRevision } from '../db/installation.ts'
import { moveRevision } from '../db/servers/server-moves.ts'
import { findServerByPath } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { secondsSince } from '../metrics/counters.ts'
import type { ProxyClient } from './clients.ts'
import { routeOf, wantedRoutes } from './route.ts'

const usualMilliseconds = 5000
/** A proxy that is back may still admit ended seats for as long as both times together, which is below a second. */
const behindMilliseconds = { pause: 250, answer: 700 }

interface Followed {
  proxy: ProxyClient
  /** Aborts when the proxy misses a write, and is replaced when the proxy answers again. */
  missed: AbortController
  /** When the next warning may be written while the proxy is behind, by `performance.now()`. */
  warnAgainAt: number
}

/**
 * Keeps every proxy at the routes of the database, with a loop for each proxy. A hub that starts looks once, and the
 * housekeeper among the hubs every five seconds, for proxies that were started anew. A hub whose write has not reached a proxy asks that proxy
 * until it answers again.
 */
export function startSync(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const followed = hub.proxies.all.map((proxy): Followed => ({ proxy, missed: new AbortController(), warnAgainAt: 0 }))
  hub.proxies.onMiss((proxy) => followed.find((one) => one.proxy === proxy)?.missed.abort())
  const loops = followed.map((one) => follow(hub, one, controller.signal))
  return {
    async stop() {
      controller.abort()
      await Promise.all(loops)
    },
  }
}

async function follow(hub: Hub, followed: Followed, signal: AbortSignal): Promise<void> {
  const { proxy } = followed
  const isBehind = () => followed.missed.signal.aborted
  const ended = () => undefined
  // What a hub that was killed has not told the proxies is told by its successor at once.
  let isFirst = true
  while (!signal.aborted) {
    const wasBehind = isBehind()
    const isWanted = isFirst || wasBehind || (await isHousekeeper(hub, signal))
    isFirst = false
    try {
      if (wasBehind) {
        await proxy.digest(behindMilliseconds.answer)
        followed.missed = new AbortController()
      }
      if (isWanted) {
        const began = performance.now()
        await syncProxy(hub, proxy)
        observe(hub.counters.routeChecks, secondsSince(began))
      }
      if (wasBehind && !isBehind())
        hub.log.info({ proxy: proxy.url }, 'a proxy is back and has been brought up to date')
    } catch (error) {
      if (wasBehind) followed.missed.abort()
      const isQuiet = wasBehind && performance.now() < followed.warnAgainAt
      if (!signal.aborted && !isQuiet && !proxy.isStarting()) {
        followed.warnAgainAt = performance.now() + usualMilliseconds
        hub.log.warn({ proxy: proxy.url, reason: messageOf(error) }, 'a proxy could not be brought up to date')
      }
    }
    const untilMiss = AbortSignal.any([signal, followed.missed.signal])
    await sleep(usualMilliseconds, undefined, { signal: untilMiss }).catch(ended)
    if (isBehind()) await sleep(behindMilliseconds.pause, undefined, { signal }).catch(ended)
  }
}

/** Makes this hub the housekeeper if it can be. A fault of the database is not the proxy's, so it is logged apart. */
async function isHousekeeper(hub: Hub, signal: AbortSignal): Promise<boolean> {
  try {
    return await becomeHousekeeper(hub.db, hub.id)
  } catch (error) {
    const message = 'the database could not say which hub keeps the proxies up to date'
    if (!signal.aborted) hub.log.warn({ reason: messageOf(error) }, message)
    return false
  }
}

/** Brings a proxy that missed a write, or was started anew, to the routes of the database. Rejects when it is away. */
export async function syncProxy(hub: Hub, proxy: ProxyClient): Promise<void> {
  // The proxy is asked first. Once it has answered, no error counts as the silence of a proxy that starts.
  const { digest } = await proxy.digest()
  const wanted = await wantedRoutes(hub)
  if (digest === routesDigest(wanted).digest) return
  const { routes } = await proxy.routes()
  for (const route of wanted) {
    const held = routes.get(route.path)?.revision
    if (held === route.revision) continue
    const isOutrun = held !== undefined && held > route.revision
    await alone(hub, proxy, route.path, () => (isOutrun ? outrun(hub, route, held) : proxy.put(route)))
  }
  const paths = new Set(wanted.map((route) => route.path))
  for (const [path, { revision }] of routes) {
    if (revision === undefined || paths.has(path)) continue
    await alone(hub, proxy, path, () => removeIfUnwanted(hub, proxy, path, revision))
  }
}

/** Writes one route. A route that the proxy refuses is logged, so that the other routes do not wait for it. */
async function alone(hub: Hub, proxy: ProxyClient, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    hub.log.warn({ path, reason: messageOf(error) }, 'a route could not be brought up to date')
    // Rejects where the proxy itself is away, which ends the round.
    await proxy.digest()
  }
}

/**
 * Removes a route, unless its server is ready. Takes the revision before it reads the row, so that a start in between
 * gets a higher one.
 */
async function removeIfUnwanted(hub: Hub, proxy: ProxyClient, path: string, held: number): Promise<void> {
  await raiseRevision(hub.db, held)
  const revision = await nextRevision(hub.db)
  const server = await findServerByPath(hub.db, path)
  if (server?.state !== 'ready') await proxy.remove(path, revision)
}

/** Writes a route anew of which the proxy holds a later revision than the database, since the database lost writes. */
async function outrun(hub: Hub, route: OwnRoute, held: number): Promise<void> {
  hub.log.error(
    { path: route.path, held, known: route.revision },
    'the database has lost route writes; writing the route anew',
  )
  await raiseRevision(hub.db, held)
  const server = await hub.db.transaction((trx) => moveRevision(trx, route.access.server))
  if (server !== undefined) await hub.proxies.put(await routeOf(hub, server))
}
