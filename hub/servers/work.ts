import { setTimeout as sleep } from 'node:timers/promises'
import { observeFor } from '../../metrics/histogram.ts'
import { withTrace } from '../../net/trace.ts'
import { lockQueue, type Transaction } from '../db/dialect.ts'
import { type Home, leaveHome, takeHome } from '../db/homes/homes.ts'
import { renewHub } from '../db/hubs.ts'
import { beginStarts, type Hold } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { hasQueued, type MovingServer, type Server } from '../db/servers/servers.ts'
import { takeTurns } from '../db/servers/turns.ts'
import { messageOf } from '../errors.ts'
import { beforeStartMilliseconds } from '../hooks/before-start.ts'
import type { Hub } from '../hub.ts'
import { type MadeOf, madeOfEach } from '../made-of/made-of.ts'
import { phaseBounds } from '../metrics/counters.ts'
import { phaseSeconds } from './phase-clock.ts'
import { mayTake, nextToStart, readQueue, waitingForPlace } from './queue.ts'
import { giveWay, sparesToStop } from './spares/give-way.ts'
import { carryStart } from './start.ts'
import { createTakeOver } from './take-over.ts'

const pollMilliseconds = 500
const renewMilliseconds = 5000
/** After this long without a renewal, other hubs may soon count this hub as dead. */
const loseMilliseconds = 20_000

/** Starts queued servers, and takes over moving servers that no living hub works on. Needs no notification. */
export function startWork(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const loops = [renewLoop(hub, controller.signal), pollLoop(hub, controller.signal)]
  return {
    async stop() {
      controller.abort()
      await Promise.all(loops)
    },
  }
}

/** Starts the queued servers that the limits allow. */
export async function startQueued(hub: Hub): Promise<void> {
  // Most rounds find an empty queue, which one query without a lock tells.
  if (!(await hasQueued(hub.db, hub.id))) return
  const { begun, spares } = await takeQueued(hub)
  for (const { server, hold, milliseconds } of begun) {
    countWait(hub, server, milliseconds)
    hub.changes.announce(server.id, 'state')
    // The round may have begun with the click of another learner.
    withTrace(hub.traces.take(server.id), () =>
      hub.tasks.run(server.id, (signal) => carryStart(hub, server, hold, milliseconds, signal)),
    )
  }
  await giveWay(hub, spares)
}

/** A server whose start has begun, with the time for the making of its object. */
interface Begun {
  server: Server
  hold: Hold
  milliseconds: number
}

/** Begins starts, and returns them with the number of spares that must go before people get the places that they wait for. */
async function takeQueued(hub: Hub): Promise<{ begun: Begun[]; spares: number }> {
  return hub.db.transaction(async (trx) => {
    await lockQueue(trx)
    const { startsAtOnce, servers } = hub.config.limits
    const queue = await readQueue(hub.config, trx)
    const { moving, turns, ready, homes } = queue
    const all = nextToStart(moving, turns, ready, { startsAtOnce, servers }, queue)
    // What is left to another hub keeps its place, which no later server takes.
    const next = await withTheirHomes(
      trx,
      all.filter((server) => mayTake(hub.id, server)),
      homes,
    )
    const begun: Begun[] = []
    const made = await madeOfEach(hub, next, trx)
    for (const [milliseconds, some] of Map.groupBy(next, ({ id }) => creatingMilliseconds(hub, made.get(id)))) {
      for (const one of await beginStarts(trx, hub.id, some, milliseconds)) begun.push({ ...one, milliseconds })
    }
    const has = new Set(begun.map(({ server }) => server.id))
    for (const server of next) if (server.home !== undefined && !has.has(server.id)) await leaveHome(trx, keyOf(server))
    // The courses in the order of the queue, which the rows of a statement do not have.
    const courses = new Set(begun.map(({ server }) => server.course))
    await takeTurns(
      trx,
      [...new Set(next.map(({ course }) => course))].filter((course) => courses.has(course)),
    )
    const waiting = waitingForPlace(queue).filter(({ id, spare }) => !spare && !has.has(id)).length
    const started = begun.filter(({ server }) => !server.spare).length
    return { begun, spares: sparesToStop(moving, { ready, begun: started, waiting, most: servers }) }
  })
}

/**
 * Gives the servers their homes, and returns those that may start. One whose home an errand has just taken waits; one
 * whose home has no row starts without it, which its start says.
 */
async function withTheirHomes(
  trx: Transaction,
  next: MovingServer[],
  homes: ReadonlyMap<string, Home>,
): Promise<MovingServer[]> {
  const lost = new Set<string>()
  // In one order everywhere, so that two of these never wait for each other.
  for (const { id, run, home } of next.toSorted((a, b) => ((a.home ?? '') < (b.home ?? '') ? -1 : 1))) {
    if (home !== undefined && homes.has(home) && !(await takeHome(trx, home, { server: id, run }))) lost.add(id)
  }
  return next.filter(({ id }) => !lost.has(id))
}

/** Counts how long a server has waited in the queue. Its deadline tells when the start began, by the database's clock. */
function countWait(hub: Hub, { queued, deadline }: Server, milliseconds: number): void {
  if (queued === undefined || deadline === undefined) return
  const waited = deadline - milliseconds - queued
  observeFor(hub.counters.phases, 'queued', Math.max(0, waited) / 1000, phaseBounds)
}

/** Returns the time for the making of a server's object, and for the hook before it. */
function creatingMilliseconds(hub: Hub, made: MadeOf | undefined): number {
  return phaseSeconds(made, 'creating') * 1000 + beforeStartMilliseconds(hub)
}

async function pollLoop(hub: Hub, signal: AbortSignal): Promise<void> {
  const takeOver = createTakeOver(hub)
  while (!signal.aborted) {
    try {
      await takeOver()
      await hub.admission.admit()
      // Last, so that a course which cannot be read holds up no server.
      await hub.courses.refresh()
    } catch (error) {
      hub.log.warn({ reason: messageOf(error) }, 'the database did not answer; trying again')
    }
    await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

async function renewLoop(hub: Hub, signal: AbortSignal): Promise<void> {
  let renewed = performance.now()
  while (!signal.aborted) {
    await sleep(renewMilliseconds, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      await renewHub(hub.db, hub.id)
      renewed = performance.now()
    } catch (error) {
      hub.log.warn({ reason: messageOf(error) }, 'could not renew this hub in the database')
      if (performance.now() - renewed > loseMilliseconds) {
        for (const tasks of [hub.tasks, hub.jobTasks])
          tasks.abortAll(new Error('this hub has been away from its database for too long'))
      }
    }
  }
}
