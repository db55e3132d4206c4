import { runningServers } from '../db/doomed-servers.ts'
import type { Server } from '../db/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

/**
 * Stops what runs with a key that is dropped. A key that this hub has known and that is gone counts at once; one that
 * it never knew may be so new that its file is still on the way here, so that is looked at twice, a round apart.
 */
export function createKeyCheck(hub: Hub): { act(): Promise<void>; stop(): void } {
  let strange = new Set<string>()
  const undo = hub.secrets.keys.onChange((dropped) => {
    hub.log.info({ dropped, kids: hub.secrets.keys.all.map((key) => key.kid) }, 'the keys have changed')
    if (dropped.length === 0) return
    stopWhere(hub, (server) => dropped.includes(server.kid ?? '')).catch((error: unknown) => {
      // The round below finds them.
      hub.log.warn({ reason: messageOf(error) }, 'could not stop the servers of a dropped key')
    })
  })
  return {
    stop: undo,
    async act() {
      const now = new Set<string>()
      await stopWhere(hub, (server) => {
        const name = `${server.id}-${server.run}`
        if (hub.secrets.keys.find(server.kid ?? '') !== undefined) return false
        now.add(name)
        return strange.has(name)
      })
      strange = now
    },
  }
}

async function stopWhere(hub: Hub, isLost: (server: Server) => boolean): Promise<void> {
  const event = { kind: 'stopped', detail: { reason: 'its key was dropped' } } as const
  // Again where one has moved in the meantime: from the queue, or from starting to ready.
  for (let round = 0; round < 3; round += 1) {
    const lost = (await runningServers(hub.db)).filter(isLost)
    if (lost.length === 0) return
    for (const server of lost) await stopServer(hub, server, { event })
  }
}
