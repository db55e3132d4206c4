import type { OwnRoute } from '../../seats/route.ts'
import type { Database } from '../db/dialect.ts'
import { staticFilesOfEach } from '../db/images/static-files.ts'
import { guestsOfEach } from '../db/seats/guests.ts'
import { endedSeats } from '../db/seats/seats.ts'
import { readyServers, type Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { type MadeOf, madeOfEach } from '../made-of/made-of.ts'
import { type Origins, originsOfEach } from '../made-of/origins.ts'
import { programAccess } from '../made-of/program.ts'
import { hasOwnHosts } from '../site.ts'

/** Returns the route of a ready server, as all proxies are to hold it. */
export async function routeOf(hub: Hub, server: Server, db?: Database): Promise<OwnRoute> {
  const [route] = await routesOf(hub, [server], db)
  if (route === undefined) throw new Error(`Server ${server.id} has no target.`)
  return route
}

/**
 * Returns the route of a server that has become ready in this moment. Its run has had no seat yet, so no seat has ended and
 * there is no guest. What happens later comes with a higher revision.
 */
export async function newRouteOf(hub: Hub, server: Server): Promise<OwnRoute> {
  const origins = await originsOfEach(hub, [server], hub.db)
  const made = await madeOfEach(hub, [server])
  const files = await staticFilesOf(hub, [server], hub.db)
  return routeWith(hub, server, { origins, made, files }, { guests: [], ended: [] })
}

/** Returns the routes of many servers, with as few queries as for one. A server without a target has no route. */
export async function routesOf(hub: Hub, servers: Server[], db: Database = hub.db): Promise<OwnRoute[]> {
  const ended = await endedSeats(db, servers)
  const ids = servers.map((server) => server.id)
  const guests = hasOwnHosts(hub) ? await guestsOfEach(db, ids) : new Map<string, string[]>()
  const origins = await originsOfEach(hub, servers, db)
  const made = await madeOfEach(hub, servers, db)
  const files = await staticFilesOf(hub, servers, db)
  return servers.flatMap((server) => {
    if (server.target === undefined || server.kid === undefined) return []
    return routeWith(
      hub,
      server,
      { origins, made, files },
      { guests: guests.get(server.id) ?? [], ended: ended.get(server.id) ?? [] },
    )
  })
}

/** What is known of servers, by their ids; of static files, by the images that servers run. */
interface Known {
  origins: Map<string, Origins>
  made: Map<string, MadeOf>
  files: Map<string, string>
}

async function staticFilesOf({ config }: Hub, servers: Server[], db: Database): Promise<Map<string, string>> {
  if (!config.staticFiles) return new Map()
  return staticFilesOfEach(
    db,
    servers.flatMap(({ image }) => image ?? []),
  )
}

function routeWith(
  { courses, config }: Pick<Hub, 'courses' | 'config'>,
  server: Server,
  { origins, made, files }: Known,
  { guests, ended }: { guests: string[]; ended: string[] },
): OwnRoute {
  const { path, target, revision, id, run, kid, label, user, since } = server
  if (target === undefined || kid === undefined) throw new Error(`Server ${id} has no target.`)
  const { ancestors = [], cors = [] } = origins.get(id) ?? {}
  const program = programAccess(made.get(id), path)
  const strip = made.get(id)?.strip && { strip: true as const }
  const digest = files.get(server.image ?? '')
  const language = courses.all[server.course]?.language
  const siteLanguage = config.site.language
  const its = {
    ...{ ...program, ...strip, ...(digest !== undefined && { static: digest }) },
    ...(language !== undefined && { language }),
    ...(siteLanguage !== 'en' && { siteLanguage }),
  }
  return {
    path,
    target,
    revision,
    access: { server: id, run, kid, label, user, guests, since, ended, ancestors, cors, ...its },
  }
}

/** Returns the routes that every proxy is to hold. A spare has none, so nothing reaches it before it has a user. */
export async function wantedRoutes(hub: Hub): Promise<OwnRoute[]> {
  return routesOf(
    hub,
    (await readyServers(hub.db)).filter(({ spare }) => !spare),
  )
}
