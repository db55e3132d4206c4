import { setTimeout as sleep } from 'node:timers/promises'
import { type OwnRoute, routesDigest } from '../../seats/route.ts'
import { becomeHousekeeper, nextRevision, raiseRevision } from '../db/installation.ts'
import { moveRevision } from '../db/servers/server-moves.ts'
import { findServerByPath } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { ProxyClient } from './clients.ts'
import { routeOf, wantedRoutes } from './route.ts'

const usualMilliseconds = 5000
/** A proxy that is back may still admit ended seats for as long as both times together, which is below a second. */
const behindMilliseconds = { pause: 250, answer: 700 }

interface Followed {
  proxy: ProxyClient
  /** Aborts when the proxy misses a write, and is replaced when the proxy answers again. */
  missed: AbortController
}

/**
 * Keeps every proxy at the routes of the database, with a loop for each proxy. The housekeeper among the hubs looks
 * every five seconds, for proxies that were started anew. A hub whose write has not reached a proxy asks that proxy
 * until it answers again.
 */
export function startSync(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const followed = hub.proxies.all.map((proxy): Followed => ({ proxy, missed: new AbortController() }))
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
  while (!signal.aborted) {
    const wasBehind = isBehind()
    try {
      if (wasBehind) {
        await proxy.digest(behindMilliseconds.answer)
        followed.missed = new AbortController()
      }
      if (wasBehind || (await becomeHousekeeper(hub.db, hub.id))) await syncProxy(hub, proxy)
      if (wasBehind && !isBehind())
        hub.log.info({ proxy: proxy.url }, 'a proxy is back and has been brought up to date')
    } catch (error) {
      if (wasBehind) followed.missed.abort()
      else if (!signal.aborted && !proxy.isStarting())
        hub.log.warn({ proxy: proxy.url, reason: messageOf(error) }, 'a proxy could not be brought up to date')
    }
    const untilMiss = AbortSignal.any([signal, followed.missed.signal])
    await sleep(usualMilliseconds, undefined, { signal: untilMiss }).catch(ended)
    if (isBehind()) await sleep(behindMilliseconds.pause, undefined, { signal }).catch(ended)
  }
}

/** Brings a proxy that missed a write, or was started anew, to the routes of the database. Rejects when it is away. */
export async function syncProxy(hub: Hub, proxy: ProxyClient): Promise<void> {
  const wanted = await wantedRoutes(hub)
  if ((await proxy.digest()).digest === routesDigest(wanted).digest) return
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
