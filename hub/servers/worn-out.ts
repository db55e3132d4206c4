import { wornServers } from '../db/doomed-servers.ts'
import { keyOf } from '../db/server-states.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

/** A proxy takes a route with 10,000 ended seats at most, and none with more: then nobody's seat there could end. */
const mostEndedSeats = 2000

/**
 * Stops servers whose owner takes and ends seat after seat. The next run starts without any of them. Guests, who may
 * not stop a server, get so few seats in one run that those of all guests together are no reason (`hub/access/guests.ts`).
 */
export async function stopWornOut(hub: Hub): Promise<void> {
  const event = { kind: 'stopped', detail: { reason: 'too many seats have ended in this run' } } as const
  for (const server of await wornServers(hub.db, mostEndedSeats)) {
    hub.log.warn(keyOf(server), 'too many seats have ended in this run, so it is stopped')
    await stopServer(hub, server, { event })
  }
}
