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
  stop(): void
}

/**
 * Returns what stops spares for a start for which no machine has room, as often as it says so: one for each such start of this
 * hub at a time. A start of a spare stops none.
 */
export function seekRoom(hub: Hub, { id, course, spare }: Server): SoughtRoom {
  const { lackRoom, inTurn } = hub.spareUses
  let timer: NodeJS.Timeout | undefined
  const make = () => {
    inTurn('room', () => makeRoom(hub, course)).catch((error: unknown) => {
      hub.log.warn({ server: id, reason: messageOf(error) }, 'could not look for a spare that gives way')
    })
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    lackRoom.delete(id)
  }
  return {
    note(lacksRoom) {
      if (!lacksRoom || spare) return stop()
      if (timer !== undefined) return
      lackRoom.add(id)
      timer = setInterval(make, roomMilliseconds)
      make()
    },
    stop,
  }
}

/** Spares that are being stopped already make room too. */
async function makeRoom(hub: Hub, course: string): Promise<void> {
  const going = (await countSpares(hub.db)).get('stopping') ?? 0
  const many = hub.spareUses.lackRoom.size - going
  for (const server of many > 0 ? await sparesWithRoom(hub.db, course, many) : []) {
    if (await stopServer(hub, server)) hub.log.info(keyOf(server), 'a spare gives its room to a person who starts')
  }
}
