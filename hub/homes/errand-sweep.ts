import { knownErrands, lostErrands } from '../db/homes/errands.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { errandIsGone } from './errand.ts'

/** Ends errands whose hub is dead or has given them up, and frees their homes. */
export async function endLostErrands(hub: Hub): Promise<void> {
  for (const { id, purpose } of await lostErrands(hub.db)) {
    try {
      await hub.spawner.errands?.end(id)
    } catch (error) {
      hub.log.error({ errand: id, reason: messageOf(error) }, 'could not end an errand, trying again')
      continue
    }
    await errandIsGone(hub, id)
    hub.log.info({ errand: id, purpose }, 'ended an errand that no hub runs any more')
  }
}

/** Returns a round of the sweep of errands, which ends those at the spawner that had no row in two rounds running. */
export function createErrandSweep(hub: Hub): () => Promise<void> {
  let suspects = new Set<string>()
  return async () => {
    const found = (await hub.spawner.errands?.list()) ?? []
    // Rows are read after the list, so that every listed errand that is under way has a row by now.
    const known = await knownErrands(
      hub.db,
      found.map(({ id }) => id),
    )
    const orphans = found.filter(({ id }) => !known.has(id))
    const seenBefore = orphans.filter(({ id }) => suspects.has(id))
    suspects = new Set(orphans.map(({ id }) => id))
    for (const { id, name } of seenBefore) {
      hub.log.warn({ errand: id, name }, 'ending an errand that no hub knows')
      try {
        await hub.spawner.errands?.end(id)
      } catch (error) {
        hub.log.error({ errand: id, name, reason: messageOf(error) }, 'could not end an errand, trying again')
      }
    }
  }
}
