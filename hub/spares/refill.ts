import { readClock } from '../db/clock.ts'
import { allSpares, makeSpare, removeSpare, type Spare } from '../db/servers/claims.ts'
import { keyOf } from '../db/servers/server-states.ts'
import type { MovingServer, Server } from '../db/servers/servers.ts'
import { forgetSpareFailures, knownOfSpares, noteSpareFailure } from '../db/servers/spares.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { readQueue, waitingForPlace } from '../servers/queue.ts'
import { serverPath } from '../servers/request.ts'
import { sparesWanted, type WantedSpares, withWanted } from '../servers/spares/wanted.ts'
import { stopServer } from '../servers/stop.ts'
import { mayTryAgain, planSpares } from './plan.ts'

/** The most that wait in the queue at a time, which many rounds then fill again. */
const mostQueued = 10
/** Milliseconds after its launch from which a server that is still being created may find no room. */
const longCreatingMilliseconds = 3000

/**
 * Brings the spares of all courses to what is wanted: makes those that are missing, at the end of the queue and never while a
 * person waits there for a place, and stops and removes those that are not wanted any more. For the housekeeper alone; two at
 * a time make some too many, which one of them then stops. Once `signal` has aborted, none are made or removed.
 */
export async function refillSpares(hub: Hub, signal: AbortSignal): Promise<void> {
  const spares = await allSpares(hub.db)
  const wanted = await sparesWanted(hub, await readClock(hub.db))
  if (spares.length === 0 && wanted.size === 0) return
  const byCourse = Map.groupBy(spares, ({ server }) => server.course)
  const none: WantedSpares = { count: 0, madeOf: undefined, maxAgeMilliseconds: 0 }
  let room = await roomFor(hub)
  for (const slug of new Set([...byCourse.keys(), ...wanted.keys()])) {
    if (signal.aborted) return
    const [one, its] = [wanted.get(slug), byCourse.get(slug) ?? []]
    try {
      if (one === undefined) await carryOut(hub, its, none, signal)
      else room -= await refillOne(hub, one, its, room, signal)
    } catch (error) {
      // The spares of one course keep none from another.
      hub.log.warn({ course: slug, reason: messageOf(error) }, 'could not bring the spares of a course up to date')
    }
  }
}

/**
 * Returns how many spares may be queued now. None while a person waits for a place, or where they would find none. People who
 * could not start now even if there were no spares keep none from being made: a home may be held for hours.
 */
async function roomFor(hub: Hub): Promise<number> {
  const queue = await readQueue(hub.config, hub.db)
  const waiting = waitingForPlace(queue)
  if (waiting.some(({ spare }) => !spare) || queue.moving.some(mayLackRoom)) return 0
  const { servers = Number.POSITIVE_INFINITY } = hub.config.limits
  const taken = queue.ready + queue.moving.filter(({ state }) => state !== 'queued').length + waiting.length
  return Math.max(0, Math.min(mostQueued - waiting.length, servers - taken))
}

/** Returns whether a person's server waits for a machine, as far as its row tells. Elsewhere this phase is short. */
function mayLackRoom({ spare, state, phase, waited }: MovingServer): boolean {
  return !spare && state === 'starting' && phase === 'creating' && waited > longCreatingMilliseconds
}

/** Returns how many were made. */
async function refillOne(
  hub: Hub,
  one: Parameters<typeof withWanted>[1],
  its: Spare[],
  room: number,
  signal: AbortSignal,
): Promise<number> {
  return withWanted(hub, one, async (wanted) => {
    const { course } = one
    const { missing, good } = await carryOut(hub, its, wanted, signal)
    const known = (await knownOfSpares(hub.db)).get(course.slug)
    const failures = known?.failures ?? 0
    if (failures > 0 && good) await forgetSpareFailures(hub.db, course.slug)
    const { madeOf } = wanted
    if (madeOf === undefined || !mayTryAgain(failures, known?.failedAge)) return 0
    // Where the last start failed, one is enough to see whether the next one does.
    const many = Math.min(missing, room, failures > 0 ? 1 : room)
    for (let made = 0; made < many && !signal.aborted; made += 1) {
      const name = crypto.randomUUID()
      const path = serverPath({ name }, course)
      const next = { kid: hub.secrets.keys.all[0].kid, madeOf }
      await hub.db.transaction((trx) => makeSpare(trx, hub.id, { course: course.slug, name, path, next }))
    }
    if (many > 0) hub.admission.wake()
    return many
  })
}

/** Stops and removes what the plan says. Returns how many are missing then, and whether one is ready that will do. */
async function carryOut(
  hub: Hub,
  its: Spare[],
  wanted: WantedSpares,
  signal: AbortSignal,
): Promise<{ missing: number; good: boolean }> {
  const { missing, stop, remove } = planSpares(its, wanted)
  for (const server of stop) await stopServer(hub, server)
  for (const server of remove) {
    if (signal.aborted) break
    await remains(hub, server)
  }
  const good = its.some(({ server }) => server.state === 'ready' && !stop.includes(server))
  return { missing, good }
}

/** Removes a spare that has ended, and what its spawner keeps of it. Why one failed is kept for staff. */
async function remains(hub: Hub, server: Server): Promise<void> {
  await hub.spawner.stop(keyOf(server), undefined, { graceSeconds: 5 })
  await hub.spawner.forget?.(server.id)
  await hub.db.transaction(async (trx) => {
    if (!(await removeSpare(trx, server))) return
    if (server.state === 'failed') await noteSpareFailure(trx, server.course, server)
  })
}
