import { isAtRest } from '../db/server-states.ts'
import { findServer, movingServers, readyServers } from '../db/servers.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

/** Stops every server that runs or is on its way, and waits until all are gone or the time is over. */
export async function stopAllServers(hub: Hub, graceSeconds: number): Promise<void> {
  const signal = AbortSignal.timeout((graceSeconds + 10) * 1000)
  const servers = [...(await movingServers(hub.db)), ...(await readyServers(hub.db))]
  await Promise.all(
    servers.map(async (server) => {
      while (!signal.aborted) {
        const row = await findServer(hub.db, server.id)
        if (row === undefined || isAtRest(row)) return
        // Again where it has moved in the meantime: from the queue, or by a launch that came while it stopped.
        if (row.state !== 'stopping') await stopServer(hub, row)
        await hub.changes.wait(server.id, 500, signal)
      }
    }),
  )
}
