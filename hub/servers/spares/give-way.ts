import { sparesInPlace } from '../../db/servers/claims.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { MovingServer } from '../../db/servers/servers.ts'
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
