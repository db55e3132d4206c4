/**
 * Stops servers that may not go on: those of users who were blocked or who signed out, those of dropped keys, and those
 * with too many ended seats.
 */
import { tally } from '../../metrics/tally.ts'
import { inParallel } from '../../net/in-parallel.ts'
import { isRunning, keyOf } from '../db/servers/server-states.ts'
import { runningServers, type Server, serversNotAtRest, serversOf } from '../db/servers/servers.ts'
import { serversOfInactiveUsers, serversWithEndedSeats } from '../db/servers/servers-to-evict.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from './stop.ts'

export interface Eviction {
  /** The reason in one word, for the metrics. */
  cause: 'inactive-user' | 'ended-seats' | 'dropped-key' | 'sign-out' | 'deleted-course' | 'all'
  /** The reason in the event, for staff and admins. Absent when all servers stop, which needs no reason. */
  reason?: string
  /** Returns servers that may not go on. Called again after the stops, until it finds none. */
  find(hub: Hub): Promise<Server[]>
  /** Whether the log names the servers. Set where no action of staff or an admin is the cause. */
  isLogged?: boolean
}

/** A proxy refuses a route with more than 10,000 ended seats, and then no seat of that server could be ended. */
const mostEndedSeats = 2000

/** Evictions of every round. The hub that blocked a user may die before it has stopped all servers of that user. */
export const evictions = {
  inactiveUsers: {
    cause: 'inactive-user',
    reason: 'the user was blocked or removed',
    find: (hub) => serversOfInactiveUsers(hub.db),
  },
  // Stops a server whose owner takes and ends seat after seat. The next run starts without any ended seat. Guests may
  // not stop a server, so their seats do not count; their number in one run has a limit (`hub/access/guests.ts`).
  endedSeats: {
    cause: 'ended-seats',
    reason: 'too many seats have ended in this run',
    find: (hub) => serversWithEndedSeats(hub.db, mostEndedSeats),
    isLogged: true,
  },
} satisfies Record<string, Eviction>

/** Returns the eviction of all servers of a user who signs out. */
export function evictionAtSignOut({ id }: { id: string }): Eviction {
  return {
    cause: 'sign-out',
    reason: 'the user has signed out',
    find: async ({ db }) => (await serversOf(db, [id])).filter(isRunning),
  }
}

const mostRounds = 5

/** Begins to stop the servers that `find` returns. Looks again, since a server may move meanwhile, such as to ready. */
export async function evict(hub: Hub, { cause, reason, find, isLogged = false }: Eviction): Promise<void> {
  const event = { kind: 'stopped', ...(reason !== undefined && { detail: { reason } }) } as const
  for (let round = 0; round < mostRounds; round += 1) {
    const servers = await find(hub)
    if (servers.length === 0) return
    await inParallel(100, servers, async (server) => {
      if (isLogged) hub.log.warn(keyOf(server), `${reason}, so it is stopped`)
      if (await stopServer(hub, server, { event })) tally(hub.counters.evictions, cause)
    })
  }
}

/**
 * Stops servers whose key was dropped. A key that this hub has known and that is gone counts as dropped at once. A key
 * that the hub never knew counts after a second look, a round later: its file may be new and still on the way here.
 */
export function createKeyEviction(hub: Hub): { act(): Promise<void>; stop(): void } {
  const evictWhere = (mayNotGoOn: (server: Server) => boolean) =>
    evict(hub, {
      cause: 'dropped-key',
      reason: 'its key was dropped',
      find: async () => (await runningServers(hub.db)).filter(mayNotGoOn),
    })
  const undo = hub.secrets.keys.onChange((dropped) => {
    hub.log.info({ dropped, kids: hub.secrets.keys.all.map((key) => key.kid) }, 'the keys have changed')
    if (dropped.length === 0) return
    evictWhere((server) => dropped.includes(server.kid ?? '')).catch((error: unknown) => {
      // The next `act` finds them, in its second round.
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

/** Stops every server that runs or is on its way, and waits until all are at rest or the time is over. */
export async function stopAllServers(hub: Hub, graceSeconds: number): Promise<void> {
  const signal = AbortSignal.timeout((graceSeconds + 10) * 1000)
  while (!signal.aborted) {
    await evict(hub, { cause: 'all', find: () => runningServers(hub.db) })
    const [left] = await serversNotAtRest(hub.db)
    if (left === undefined) return
    // The loop evicts again after each change: a launch that came meanwhile may have queued the server anew.
    await hub.changes.wait(left.id, 500, signal, 'state')
  }
}
