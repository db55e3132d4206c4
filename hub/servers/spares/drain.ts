import { addEvent } from '../../db/events.ts'
import { allSpares } from '../../db/servers/claims.ts'
import { isAtRest } from '../../db/servers/server-states.ts'
import type { Hub } from '../../hub.ts'
import { stopServer } from '../stop.ts'

/**
 * Stops all spares of the course, and returns how many. Others take their places within seconds where they are wanted. `by` is
 * the id of the user who has said so, or a word for who else it was; the history has it.
 */
export async function drainSpares(hub: Hub, course: string, by: string): Promise<number> {
  const spares = (await allSpares(hub.db)).map(({ server }) => server)
  const its = spares.filter((server) => !isAtRest(server) && server.course === course)
  const stopped = await Promise.all(its.map((server) => stopServer(hub, server)))
  const drained = stopped.filter(Boolean).length
  await addEvent(hub.db, { kind: 'spares-drained', user: by, course, detail: { drained } })
  return drained
}
