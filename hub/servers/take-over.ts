import { readClock } from '../db/clock.ts'
import { abandonedServers, takeServer } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { carryStart } from './start.ts'
import { carryStop } from './stop.ts'

const mostOfRound = 20
/** A server that could not be taken over is left alone for this time, so that those behind it have their turn. */
const pauseMilliseconds = 10_000

/** Returns an act that takes over moving servers that no living hub works on. One that cannot be taken over holds up no other. */
export function createTakeOver(hub: Hub): () => Promise<void> {
  const { db, id: me, tasks, log } = hub
  const failed = new Map<string, number>()

  return async function takeOver() {
    for (const [id, time] of failed) if (performance.now() - time > pauseMilliseconds) failed.delete(id)
    for (const id of await abandonedServers(db, me, [...tasks.busy(), ...failed.keys()], mostOfRound)) {
      try {
        await takeOne(id)
      } catch (error) {
        failed.set(id, performance.now())
        log.warn({ server: id, reason: messageOf(error) }, 'could not take over a server in motion; trying again')
      }
    }
  }

  async function takeOne(id: string): Promise<void> {
    const server = tasks.isBusy(id) ? undefined : await findServer(db, id)
    const isMoving = server?.state === 'starting' || server?.state === 'stopping'
    const hold = isMoving ? await takeServer(db, me, server) : undefined
    if (server === undefined || hold === undefined) return
    log.info({ ...keyOf(server), state: server.state }, 'took over a server in motion')
    const taken = { ...server, epoch: hold.epoch }
    if (server.state === 'stopping') return tasks.run(id, (signal) => carryStop(hub, taken, hold, signal))
    // A start whose time is over gets no more of it, and fails with the error of that phase.
    const left = Math.max(0, (server.deadline ?? 0) - (await readClock(db)))
    tasks.run(id, (signal) => carryStart(hub, taken, hold, left, signal))
  }
}
