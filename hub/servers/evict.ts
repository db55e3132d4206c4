/** Stops servers that may not go on: those of blocked users, of dropped keys, or with too many ended seats. */
import { inParallel } from '../../net/in-parallel.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { runningServers, type Server, serversNotAtRest } from '../db/servers/servers.ts'
import { serversOfInactiveUsers, serversWithEndedSeats } from '../db/servers/servers-to-evict.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

export interface Eviction {
  /** Stands in the event, for staff and admins. Absent where all servers stop, which needs no reason. */
  reason?: string
  /** Servers that may not go on. Called again after the stops, until it finds none. */
  find(hub: Hub): Promise<Server[]>
  /** Whether the log names the servers, since nobody did what stops them. */
  isLogged?: boolean
}

/** A proxy takes a route with 10,000 ended seats at most, and none with more: then nobody's seat there could end. */
const mostEndedSeats = 2000

/** Who may not go on at any time. The hub that blocked a user may die before it has stopped all servers of that user. */
export const evictions = {
  inactiveUsers: {
    reason: 'the user was blocked or removed',
    find: (hub) => serversOfInactiveUsers(hub.db),
  },
  // The owner takes and ends seat after seat. The next run starts without any of them. Guests, who may not stop a
  // server, get so few seats in one run that those of all guests together are no reason (`hub/access/guests.ts`).
  endedSeats: {
    reason: 'too many seats have ended in this run',
    find: (hub) => serversWithEndedSeats(hub.db, mostEndedSeats),
    isLogged: true,
  },
} satisfies Record<string, Eviction>

const mostRounds = 5

/** Begins to stop what is found, and looks again where a server has moved meanwhile: from the queue, or to ready. */
export async function evict(hub: Hub, { reason, find, isLogged = false }: Eviction): Promise<void> {
  const event = { kind: 'stopped', ...(reason !== undefined && { detail: { reason } }) } as const
  for (let round = 0; round < mostRounds; round += 1) {
    const servers = await find(hub)
    if (servers.length === 0) return
    await inParallel(100, servers, async (server) => {
      if (isLogged) hub.log.warn(keyOf(server), `${reason}, so it is stopped`)
      await stopServer(hub, server, { event })
    })
  }
}

/**
 * Stops what runs with a key that is dropped. A key that this hub has known and that is gone counts at once. A key that
 * it never knew may be so new that its file is still on the way here, so that is looked at twice, a round apart.
 */
export function createKeyEviction(hub: Hub): { act(): Promise<void>; stop(): void } {
  const evictWhere = (mayNotGoOn: (server: Server) => boolean) =>
    evict(hub, {
      reason: 'its key was dropped',
      find: async () => (await runningServers(hub.db)).filter(mayNotGoOn),
    })
  const undo = hub.secrets.keys.onChange((dropped) => {
    hub.log.info({ dropped, kids: hub.secrets.keys.all.map((key) => key.kid) }, 'the keys have changed')
    if (dropped.length === 0) return
    evictWhere((server) => dropped.includes(server.kid ?? '')).catch((error: unknown) => {
      // The round below finds them.
      hub.log.warn({ reason: messageOf(error) }, 'could not stop the servers of a dropped key')
    })
  })
  let unknownBefore = new Set<string>()
  return {
    stop: undo,
    async act() {
      const unknown = new Set<string>()
      await evictWhere((server) => {
        const name = `${server.id}-${server.run}`
        if (hub.secrets.keys.find(server.kid ?? '') !== undefined) return false
        unknown.add(name)
        return unknownBefore.has(name)
      })
      unknownBefore = unknown
    },
  }
}

/** Stops every server that runs or is on its way, and waits until all are gone or the time is over. */
export async function stopAllServers(hub: Hub, graceSeconds: number): Promise<void> {
  const signal = AbortSignal.timeout((graceSeconds + 10) * 1000)
  while (!signal.aborted) {
    await evict(hub, { find: () => runningServers(hub.db) })
    const [left] = await serversNotAtRest(hub.db)
    if (left === undefined) return
    // Again after each stop: a launch that came meanwhile may have queued the server anew.
    await hub.changes.wait(left.id, 500, signal)
  }
}
