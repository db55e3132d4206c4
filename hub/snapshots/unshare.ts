import { removeSnapshot, type Snapshot } from '../db/content/snapshots.ts'
import { addEvent } from '../db/events.ts'
import type { Hub } from '../hub.ts'

/** Removes a copy, which no one can read from then on. `by` is the id of the user who does it. */
export async function unshareCopy({ db }: Pick<Hub, 'db'>, { id, user, course }: Snapshot, by: string): Promise<void> {
  await db.transaction(async (trx) => {
    if (await removeSnapshot(trx, id)) await addEvent(trx, { kind: 'snapshot-removed', user, course, detail: { by } })
  })
}
