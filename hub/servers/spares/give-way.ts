import { countSpares, sparesInPlace, sparesWithRoom } from '../../db/servers/claims.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { MovingServer, Server } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { stopServer } from '../stop.ts'

/**
 * Returns how many spares must go so that all people get a place for whom nothing but a place is missing. So many are
 * `waiting`, beside `begun` servers of the queue that start now. Spares that are being stopped already make room too. Pure.
 */
export function sparesToStop(
  moving: Pick<MovingServer, 'state'>[],
  { ready, begun, waiting, most }: { ready: number; begun: number; waiting: number; most: number | undefined },
): number {
  if (most === undefined || waiting === 0) return 0
  const count = (state: MovingServer['state']) => moving.filter((row) => row.state === state).length
  const taken = ready + count('starting') + begun
  return Math.max(0, Math.min(waiting, taken + waiting - most))
}

/** Stops so many spares, for people who wait for a place. One that finds its user meanwhile is left alone. */
export async function giveWay(hub: Hub, many: number): Promise<void> {
  if (many === 0) return
  for (const server of await sparesInPlace(hub.db, many)) {
    if (await stopServer(hub, server)) hub.log.info(keyOf(server), 'a spare gives way to a person who waits')
  }
}

/** Until what has ended is gone from its machine, and the start has found its room there. */
const roomMilliseconds = 5000

/** What a start says of its room. */
export interface SoughtRoom {
  note(lacksRoom: boolean): void
  /** Ends it for good: the start is over, and what it says later counts no more. */
  stop(): void
}

/**
 * Returns what stops spares for a start for which no machine has room: one at once, and again one with each turn of the hub's
 * timer, as long as the start says so. A start of a spare stops none.
 */
export function seekRoom(hub: Hub, { id, course, spare }: Server): SoughtRoom {
  const { lackRoom } = hub.spareUses
  let over = false
  const forget = () => {
    lackRoom.starts.delete(id)
    if (lackRoom.starts.size > 0) return
    clearInterval(lackRoom.timer)
    lackRoom.timer = undefined
  }
  return {
    note(lacksRoom) {
      if (!lacksRoom || spare || over) return forget()
      if (lackRoom.starts.has(id)) return
      lackRoom.starts.set(id, { course, isNew: true })
      lackRoom.timer ??= setInterval(() => lookAgain(hub), roomMilliseconds)
      lookForRoom(hub, [course])
    },
    stop() {
      over = true
      forget()
    },
  }
}

/** Looks for the starts that lacked room at the turn before this one already. */
function lookAgain(hub: Hub): void {
  const all = [...hub.spareUses.lackRoom.starts.values()]
  const before = all.filter(({ isNew }) => !isNew)
  for (const start of all) start.isNew = false
  if (before.length > 0)
    lookForRoom(
      hub,
      before.map(({ course }) => course),
    )
}

/** Stops a spare for each start of these courses. */
function lookForRoom(hub: Hub, courses: string[]): void {
  hub.spareUses
    .inTurn('room', () => makeRoom(hub, courses))
    .catch((error: unknown) => {
      hub.log.warn({ courses, reason: messageOf(error) }, 'could not look for a spare that gives way')
    })
}

/** Spares that are being stopped already make room too. */
async function makeRoom(hub: Hub, courses: string[]): Promise<void> {
  const going = (await countSpares(hub.db)).get('stopping') ?? 0
  let left = hub.spareUses.lackRoom.starts.size - going
  for (const [course, { length }] of Map.groupBy(courses, (one) => one)) {
    const many = Math.min(length, left)
    left -= many
    for (const server of many > 0 ? await sparesWithRoom(hub.db, course, many) : []) {
      if (await stopServer(hub, server)) hub.log.info(keyOf(server), 'a spare gives its room to a person who starts')
    }
  }
}
