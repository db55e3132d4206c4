import type { Database } from '../db/dialect.ts'
import { movingServers } from '../db/servers/servers.ts'
import { readTurns } from '../db/servers/turns.ts'
import { queueOrder } from './queue.ts'

const freshMilliseconds = 1000

/** Says at which place in the queue a server stands, from 1; undefined when it does not wait. */
export type PositionOf = (server: string) => Promise<number | undefined>

/** Every page that waits asks each second, so the queue is read once a second for all of them, not once for each. */
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
    // Whoever has come since then is looked for once more.
    return shared?.get(server) ?? (await read()).get(server)
  }
}

async function readPositions(db: Database): Promise<Map<string, number>> {
  const order = queueOrder(await movingServers(db), await readTurns(db))
  return new Map(order.map((server, index) => [server.id, index + 1]))
}
