/** Keeps account of programs inside servers that were ended for want of memory, while their servers go on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { tally } from '../../../metrics/tally.ts'
import type { MemoryKill } from '../../../spawners/spawner.ts'
import { addEvent } from '../../db/events.ts'
import { becomeHousekeeper, lastMemoryKill, noteMemoryKill } from '../../db/installation.ts'
import { isRunning, keyOf } from '../../db/servers/server-states.ts'
import { findServer } from '../../db/servers/servers.ts'
import { addTrouble } from '../../db/servers/troubles.ts'
import type { Hub } from '../../hub.ts'
import { memoryOf } from './ended.ts'
import { kernelEnded } from './memory-words.ts'

const lookSeconds = 5

/**
 * Listens to the spawner for as long as this hub is the housekeeper, so that there is one stream over all hubs. Begins
 * where the last stream that was written down has ended. Rejects when a kill could not be written: the next call gets it
 * again.
 */
export async function watchMemory(hub: Hub, signal: AbortSignal): Promise<void> {
  if (hub.spawner.watchMemory === undefined) return
  const since = await lastMemoryKill(hub.db)
  const over = new AbortController()
  let writing = Promise.resolve()
  hub.spawner.watchMemory({
    since,
    signal: AbortSignal.any([signal, over.signal]),
    tell(kill) {
      // Nothing later is written before a kill that could not be, since the next stream begins at the last one written.
      writing = writing.then(() => noteKill(hub, kill))
      writing.catch((error: unknown) => over.abort(error))
    },
  })
  try {
    while (!over.signal.aborted && (await becomeHousekeeper(hub.db, hub.id)))
      await sleep(lookSeconds * 1000, undefined, { signal: AbortSignal.any([signal, over.signal]) })
  } catch (error) {
    if (!signal.aborted && !over.signal.aborted) throw error
  } finally {
    over.abort()
  }
  await writing
}

/** Writes a kill into the history and for the learner, unless that was done or the run is over. */
async function noteKill(hub: Hub, { server: id, run, at: time }: MemoryKill): Promise<void> {
  const at = Math.round(time)
  const seen = await findServer(hub.db, id)
  const message = kernelEnded(seen && (await memoryOf(hub, seen)))
  const noted = await hub.db.transaction(async (trx) => {
    await noteMemoryKill(trx, at)
    const server = await findServer(trx, id)
    if (server?.run !== run || !isRunning(server)) return undefined
    if (!(await addTrouble(trx, { server: id, run, kind: 'memory', at, message }))) return undefined
    const { user, course } = server
    await addEvent(trx, { kind: 'out-of-memory', user, course, ...keyOf(server), detail: { message } })
    return server
  })
  if (noted === undefined) return
  tally(hub.counters.outOfMemory, 'program')
  hub.log.info({ ...keyOf(noted), course: noted.course }, 'a program in a server was ended for want of memory')
  hub.changes.announce(id, 'progress')
}
