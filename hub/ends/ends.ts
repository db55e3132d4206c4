/** When servers will be stopped next, and why: what learners are told before it happens. */
import type { Cull } from '../../courses/settings.ts'
import { presentLimits } from '../db/cullers.ts'
import type { Database } from '../db/dialect.ts'
import { type Activity, activityOf } from '../db/servers/activity.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { madeOfEach } from '../made-of/made-of.ts'
import { type ActivityClock, activityClock, idlenessOf } from '../servers/idleness.ts'

/** The next stop of a server. No server is stopped earlier, unless a person or the site's operators do it. */
export interface ServerEnd {
  why: 'idle' | 'age'
  /** By the database's clock. The culler comes at most one of its rounds later. */
  at: number
  /** From now; 0 when it may come at any moment. */
  seconds: number
  /** Whether it is time to warn. */
  warn: boolean
  /** Since when nothing has happened, for an end by idleness. */
  lastActivity: number | undefined
  limitSeconds: number
}

/** What decides about the stops of one run. */
export interface EndFacts {
  server: Pick<Server, 'run' | 'started'>
  activity: Activity | undefined
  clock: ActivityClock
  limits: EndLimits
}

/** By how many seconds of idleness and of age a server is stopped. Undefined when it is not. */
export interface EndLimits {
  idleSeconds: number | undefined
  maxAgeSeconds: number | undefined
}

/** Returns the next stop of a ready server; undefined when none is known. */
export async function endOfServer(hub: Hub, server: Server): Promise<ServerEnd | undefined> {
  const limits = await limitsOf(hub, server)
  if (limits.idleSeconds === undefined && limits.maxAgeSeconds === undefined) return undefined
  const activity = (await activityOf(hub.db, [server.id])).get(server.id)
  return nextEnd({ server, activity, clock: await activityClock(hub), limits })
}

/** Returns by which limits the cullers go for this run. None are known while no culler tells its own. */
export async function limitsOf(hub: Hub, server: Server, db: Database = hub.db): Promise<EndLimits> {
  const told = await presentLimits(db)
  const made = (await madeOfEach(hub, [server], db)).get(server.id)
  return limitsFor(told, made?.cull)
}

/** Returns what the culler makes of its own limits and those of a server. Pure. */
export function limitsFor(told: Awaited<ReturnType<typeof presentLimits>>, cull: Cull | undefined): EndLimits {
  if (told === undefined || cull === 'never') return { idleSeconds: undefined, maxAgeSeconds: undefined }
  const maxAgeSeconds = cull?.maxAgeSeconds ?? told.maxAgeSeconds
  return {
    idleSeconds: cull?.idleSeconds ?? told.idleSeconds,
    maxAgeSeconds: maxAgeSeconds === 0 ? undefined : maxAgeSeconds,
  }
}

/** Returns the first of the ends by idleness and by age. Pure. */
export function nextEnd(facts: EndFacts): ServerEnd | undefined {
  const { server, activity, clock, limits } = facts
  const ends: Pick<ServerEnd, 'why' | 'at' | 'lastActivity' | 'limitSeconds'>[] = []
  const { idleSeconds, maxAgeSeconds } = limits
  if (idleSeconds !== undefined && activity !== undefined && mayBecomeIdle(activity, server.run, clock)) {
    const { lastActivity, probed } = activity
    // A server is idle only when it was asked, which is not done before its traffic has ceased for a while.
    const earliest = probed === undefined ? lastActivity + clock.quietMilliseconds : lastActivity
    const at = Math.max(earliest, lastActivity + idleSeconds * 1000)
    ends.push({ why: 'idle', at, lastActivity, limitSeconds: idleSeconds })
  }
  if (maxAgeSeconds !== undefined && server.started !== undefined)
    ends.push({
      ...{ why: 'age', at: server.started + maxAgeSeconds * 1000 },
      ...{ lastActivity: undefined, limitSeconds: maxAgeSeconds },
    })
  const [first] = ends.sort((one, other) => one.at - other.at)
  if (first === undefined) return undefined
  const seconds = Math.max(0, Math.ceil((first.at - clock.now) / 1000))
  return { ...first, seconds, warn: seconds <= warnSeconds(first.limitSeconds) }
}

/** For how long a warning stands before the end: five minutes, or a fifth of the limit if that is less. */
export function warnSeconds(limitSeconds: number): number {
  return Math.min(300, limitSeconds / 5)
}

/**
 * Returns whether the server is idle, or will count as idle once it has been asked. A busy one does not, and one of which too
 * little is known does not either.
 */
function mayBecomeIdle(activity: Activity, run: number, clock: ActivityClock): boolean {
  const { result, probed, lastActivity } = activity
  const isBusy = result === 'active' && probed !== undefined
  if (isBusy || result === 'unknown') return false
  if (idlenessOf(activity, run, clock).activity === 'idle') return true
  // A server is asked soon after its traffic has ceased. With traffic of just now the answer says whether the proxies tell theirs.
  const isKnown =
    idlenessOf({ ...activity, result: 'active', lastActivity: clock.now }, run, clock).activity === 'active'
  return isKnown && clock.now - lastActivity <= clock.quietMilliseconds + 3 * clock.probeMilliseconds + 5000
}
