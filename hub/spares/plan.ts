import type { Spare } from '../db/servers/claims.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { WantedSpares } from '../servers/spares/wanted.ts'

export interface SparePlan {
  /** How many more are needed. */
  missing: number
  stop: Server[]
  /** Spares of which nothing is left. */
  remove: Server[]
}

/** One that waits this many times as long as it should is stopped even before another can take its place. */
const oldestTimes = 2

/**
 * Returns what to do about the spares of a course. One that is made of something else is stopped at once, since no start takes
 * it; one that is only too old when another is ready in its place. Pure.
 */
export function planSpares(spares: Spare[], { count, madeOf, maxAgeMilliseconds }: WantedSpares): SparePlan {
  const running = spares.filter(({ server }) => isRunning(server))
  const good = running.filter(({ server }) => madeOf !== undefined && server.madeOf === madeOf)
  const isOlder = (times: number) => (one: Spare) => (one.age ?? 0) > times * maxAgeMilliseconds
  const [worn, usable] = parted(good, isOlder(oldestTimes))
  const [old, young] = parted(usable, isOlder(1))
  const ready = young.filter(({ server }) => server.state === 'ready')
  const coming = young.filter(({ server }) => server.state !== 'ready')
  const surplusReady = Math.max(0, old.length + ready.length - count)
  const surplusComing = Math.max(0, coming.length - Math.max(0, count - ready.length))
  const stop = [
    ...running.filter((one) => !good.includes(one)),
    ...worn,
    // The oldest first: what is too old stands before all others.
    ...[...byAge(old), ...byAge(ready)].slice(0, surplusReady),
    ...coming.slice(coming.length - surplusComing),
  ]
  return {
    missing: Math.max(0, count - young.length),
    stop: stop.map(({ server }) => server),
    remove: spares.flatMap(({ server }) => (isAtRest(server) ? [server] : [])),
  }
}

function byAge(spares: Spare[]): Spare[] {
  return spares.toSorted((a, b) => (b.age ?? 0) - (a.age ?? 0))
}

function parted<T>(all: T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}

/** Courses of which so many starts failed running wait this long for the next one: twice as long each time. */
const backOff = { first: 5000, longest: 10 * 60_000 }

/** Returns whether another spare of the course may be started, after so many failures of which the last is this long ago. Pure. */
export function mayTryAgain(failures: number, age: number | undefined): boolean {
  if (failures === 0 || age === undefined) return true
  return age >= Math.min(backOff.longest, backOff.first * 2 ** Math.min(failures - 1, 20))
}
