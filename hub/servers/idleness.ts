import { kept } from '../../words/kept.ts'
import { readClock } from '../db/clock.ts'
import { knownUntil } from '../db/proxies.ts'
import { type Activity, activityOf } from '../db/servers/activity.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

export interface Idleness {
  /** Undefined when it is not known, which counts as active. */
  idleMilliseconds: number | undefined
  activity: Activity['result']
  reason: string
}

function unknown(reason: string): Idleness {
  return { idleMilliseconds: undefined, activity: 'unknown', reason }
}

/** Until when the traffic of all proxies is known, and how often the hub looks. */
export interface ActivityClock {
  /** Undefined when a proxy has never told. */
  known: number | undefined
  now: number
  collectMilliseconds: number
  quietMilliseconds: number
  probeMilliseconds: number
}

export async function activityClock(hub: Hub): Promise<ActivityClock> {
  const urls = hub.proxies.all.map((proxy) => proxy.url)
  const { collectSeconds, quietSeconds, probeSeconds } = hub.config.activity
  return {
    known: await knownUntil(hub.db, urls),
    now: await readClock(hub.db),
    collectMilliseconds: collectSeconds * 1000,
    quietMilliseconds: quietSeconds * 1000,
    probeMilliseconds: probeSeconds * 1000,
  }
}

/**
 * Returns how idle a ready server is, with the reason in words. A server is idle only when it was probed after its
 * traffic ceased, and not too long ago. Everything that is not known counts as active. Pure.
 */
export function idlenessOf(activity: Activity | undefined, run: number, clock: ActivityClock): Idleness {
  if (clock.known === undefined) return unknown(kept`a proxy has never told of its traffic`)
  if (clock.now - clock.known > 3 * clock.collectMilliseconds + 5000)
    return unknown(kept`a proxy has not told of its traffic lately`)
  if (activity === undefined || activity.run !== run) return unknown(kept`its traffic is not known yet`)
  if (activity.result === 'active') {
    const recent = clock.now - activity.lastActivity < clock.quietMilliseconds
    return recent
      ? { idleMilliseconds: 0, activity: 'active', reason: activity.reason }
      : unknown(kept`it was not asked yet what it is doing`)
  }
  if (activity.probed === undefined || clock.now - activity.probed > 3 * clock.probeMilliseconds + 5000) {
    return unknown(kept`it was not asked lately what it is doing`)
  }
  if (activity.result === 'unknown') return unknown(activity.reason)
  return {
    idleMilliseconds: Math.max(0, clock.known - activity.lastActivity),
    activity: 'idle',
    reason: activity.reason,
  }
}

export interface ServerIdleness extends Idleness {
  lastActivity: number | undefined
}

/** Returns the idleness of many servers; the number of queries does not grow with them. */
export async function idlenessOfAll(hub: Hub, servers: Server[]): Promise<(server: Server) => ServerIdleness> {
  if (servers.length === 0) return () => ({ ...unknown(kept`its traffic is not known yet`), lastActivity: undefined })
  const clock = await activityClock(hub)
  const activities = await activityOf(
    hub.db,
    servers.map((server) => server.id),
  )
  return (server) => {
    const activity = activities.get(server.id)
    return { ...idlenessOf(activity, server.run, clock), lastActivity: activity?.lastActivity }
  }
}
