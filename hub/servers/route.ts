import type { Route } from '../../seats/route.ts'
import type { Database } from '../db/dialect.ts'
import { guestsOf } from '../db/guests.ts'
import { goneSeats } from '../db/launches.ts'
import type { Server } from '../db/servers.ts'
import { ancestorsOf } from '../embedding.ts'
import type { Hub } from '../hub.ts'
import { serversStandAlone } from '../stand-alone.ts'

/** The route of a ready server, as all proxies are to hold it. */
export async function routeOf(hub: Hub, server: Server, db: Database = hub.db): Promise<Route> {
  if (server.target === undefined || server.kid === undefined) throw new Error(`Server ${server.id} has no target.`)
  const course = hub.config.courses[server.course]
  return {
    path: server.path,
    target: server.target,
    revision: server.revision,
    admit: {
      server: server.id,
      run: server.run,
      kid: server.kid,
      label: server.label,
      user: server.user,
      guests: serversStandAlone(hub) ? await guestsOf(db, server.id) : [],
      since: server.since,
      gone: await goneSeats(db, server.id, server.run),
      ancestors: ancestorsOf(hub, course),
      cors: course?.cors ?? [],
    },
  }
}
