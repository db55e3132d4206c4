import { homesToMeasure, noteSize } from '../db/homes/homes.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { measureHome } from './copies.ts'

const mostMilliseconds = 60_000

/** Measures homes that have been used since they were measured. One that cannot be measured waits for its next use. */
export async function measureHomes(hub: Hub, signal: AbortSignal): Promise<void> {
  if (hub.spawner.homes === undefined) return
  for (const { id } of await homesToMeasure(hub.db)) {
    if (signal.aborted) return
    try {
      const size = await measureHome(hub, id, AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)]))
      if (size === undefined) await noteSize(hub.db, id, undefined)
    } catch (error) {
      if (signal.aborted) return
      hub.log.warn({ home: id, reason: messageOf(error) }, 'a home could not be measured')
      await noteSize(hub.db, id, undefined)
    }
  }
}
