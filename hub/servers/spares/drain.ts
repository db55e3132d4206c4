import { allSpares } from '../../db/servers/claims.ts'
import { isAtRest } from '../../db/servers/server-states.ts'
import type { Hub } from '../../hub.ts'
import { stopServer } from '../stop.ts'

/** Stops all spares of the course, or of all courses, and returns how many. Others take their places at once where they are wanted. */
export async function drainSpares(hub: Hub, course?: string): Promise<number> {
  const spares = (await allSpares(hub.db)).map(({ server }) => server)
  const its = spares.filter((server) => !isAtRest(server) && (course === undefined || server.course === course))
  const stopped = await Promise.all(its.map((server) => stopServer(hub, server)))
  return stopped.filter(Boolean).length
}
