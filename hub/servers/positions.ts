import type { Database } from '../db/dialect.ts'
import { movingServers } from '../db/servers/servers.ts'
import { readTurns } from '../db/servers/turns.ts'
import { queueOrder } from './queue.ts'

const freshMilliseconds = 1000

/** Returns a server's place in the queue, from 1. Undefined when the server does not wait. */
export type PositionOf = (server: string) => Promise<number | undefined>

/** Reads the queue once a second for all waiting pages together, since each of them asks every second. */
export function createPositions(db: Database): PositionOf {
  let positions: Promise<Map<string, number>> | undefined
  let freshUntil = 0
  const read = () => {
    freshUntil = performance.now() + freshMilliseconds
    positions = readPositions(db)
    return positions
  }
  return async (server) => {
    const shared = performance.now() < freshUntil ? await positions : undefined
    // A server that was queued after the last read is found by a new one.
    return shared?.get(server) ?? (await read()).get(server)
  }
}

async function readPositions(db: Database): Promise<Map<string, number>> {
  const order = queueOrder(await movingServers(db), await readTurns(db))
  return new Map(order.map((server, index) => [server.id, index + 1]))
}
