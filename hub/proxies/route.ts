import type { OwnRoute } from '../../seats/route.ts'
import type { Database } from '../db/dialect.ts'
import { guestsOfEach } from '../db/seats/guests.ts'
import { endedSeats } from '../db/seats/seats.ts'
import { readyServers, type Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { ancestorsOf, hasOwnHosts } from '../site.ts'

/** Returns the route of a ready server, as all proxies are to hold it. */
export async function routeOf(hub: Hub, server: Server, db?: Database): Promise<OwnRoute> {
  const [route] = await routesOf(hub, [server], db)
  if (route === undefined) throw new Error(`Server ${server.id} has no target.`)
  return route
}

/** Returns the routes of many servers, with as few queries as for one. A server without a target has no route. */
export async function routesOf(hub: Hub, servers: Server[], db: Database = hub.db): Promise<OwnRoute[]> {
  const ended = await endedSeats(db, servers)
  const ids = servers.map((server) => server.id)
  const guests = hasOwnHosts(hub) ? await guestsOfEach(db, ids) : new Map<string, string[]>()
  return servers.flatMap((server) => {
    const { id, target, kid } = server
    if (target === undefined || kid === undefined) return []
    const course = hub.config.courses[server.course]
    return {
      path: server.path,
      target,
      revision: server.revision,
      access: {
        server: id,
        run: server.run,
        kid,
        label: server.label,
        user: server.user,
        guests: guests.get(id) ?? [],
        since: server.since,
        ended: ended.get(id) ?? [],
        ancestors: ancestorsOf(hub, course),
        cors: course?.cors ?? [],
      },
    }
  })
}

/** Returns the routes that every proxy is to hold. */
export async function wantedRoutes(hub: Hub): Promise<OwnRoute[]> {
  return routesOf(hub, await readyServers(hub.db))
}
