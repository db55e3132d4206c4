import { trespassingServers } from '../db/doomed-servers.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

/** Stops the servers of blocked and vanishing users. Also a chore: the hub that blocked somebody may die at it. */
export async function stopTrespassing(hub: Hub): Promise<void> {
  const event = { kind: 'stopped', detail: { reason: 'the user was blocked or removed' } } as const
  // Again where one has moved in the meantime: from the queue, or from starting to ready.
  for (let round = 0; round < 5; round += 1) {
    const servers = await trespassingServers(hub.db)
    if (servers.length === 0) return
    for (const server of servers) await stopServer(hub, server, { event })
  }
}
