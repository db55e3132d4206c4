import { type OwnRoute, routesDigest } from '../../seats/route.ts'
import { nextRevision, raiseRevision } from '../db/installation.ts'
import { moveRevision } from '../db/servers/server-moves.ts'
import { findServerByPath, readyServers } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { ProxyClient } from './clients.ts'
import { routeOf, routesOf } from './route.ts'

/** Brings every proxy that missed a write, or was started anew, to what the database says. */
export async function syncRoutes(hub: Hub): Promise<void> {
  const wanted = await wantedRoutes(hub)
  for (const proxy of hub.proxies.all) {
    try {
      await syncProxy(hub, proxy, wanted)
    } catch (error) {
      hub.log.warn({ proxy: proxy.url, reason: messageOf(error) }, 'a proxy could not be brought up to date')
    }
  }
}

/** The routes that every proxy is to hold. */
export async function wantedRoutes(hub: Hub): Promise<OwnRoute[]> {
  return routesOf(hub, await readyServers(hub.db))
}

/** Rejects when the proxy is away. */
export async function syncProxy(hub: Hub, proxy: ProxyClient, wanted: OwnRoute[]): Promise<void> {
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

/** One learner's route that a proxy does not take must not keep the others' waiting. */
async function alone(hub: Hub, proxy: ProxyClient, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    hub.log.warn({ path, reason: messageOf(error) }, 'a route could not be brought up to date')
    // Rejects where the proxy itself is away, which ends the round.
    await proxy.digest()
  }
}

/** The number is taken first and the row read afterwards: a start that comes between them gets a higher one. */
async function removeIfUnwanted(hub: Hub, proxy: ProxyClient, path: string, held: number): Promise<void> {
  await raiseRevision(hub.db, held)
  const revision = await nextRevision(hub.db)
  const server = await findServerByPath(hub.db, path)
  if (server?.state !== 'ready') await proxy.remove(path, revision)
}

/** The proxy knows a later revision than the database: the database lost writes. Its word is made the newest. */
async function outrun(hub: Hub, route: OwnRoute, held: number): Promise<void> {
  hub.log.error(
    { path: route.path, held, known: route.revision },
    'the database has lost route writes; writing the route anew',
  )
  await raiseRevision(hub.db, held)
  const server = await hub.db.transaction((trx) => moveRevision(trx, route.access.server))
  if (server !== undefined) await hub.proxies.put(await routeOf(hub, server))
}
