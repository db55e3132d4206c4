import { inRounds } from '../../../net/rounds.ts'
import type { Database } from '../dialect.ts'
import { addEventOfEach } from '../events.ts'
import { nextRevision } from '../installation.ts'
import { forgetGuests } from '../seats/guests.ts'
import { becomeReady, type Hold } from './server-moves.ts'
import { keyOf } from './server-states.ts'
import type { Server } from './servers.ts'

/** Moves a row to ready, with the revision for its route and a line of history. Undefined when the hold is lost. */
export type MakeReady = (hold: Hold) => Promise<Server | undefined>

/**
 * Returns how servers become ready. Those that do so at the same time share a transaction and its statements: each
 * statement costs the hub more than the rows that it changes, and all transactions take turns at the one row of revisions.
 */
export function createReadiness(db: Database): MakeReady {
  return inRounds(async (holds: Hold[]) =>
    db.transaction(async (trx) => {
      const ready = await becomeReady(trx, holds, await nextRevision(trx))
      const ids = ready.map(({ id }) => id)
      await forgetGuests(trx, ids)
      // A spare's start is in the history when somebody has taken it.
      const ofUsers = ready.filter(({ spare }) => !spare)
      for (const [image, rows] of Map.groupBy(ofUsers, (row) => row.image)) {
        const started = rows.map((row) => ({ user: row.user, course: row.course, ...keyOf(row) }))
        await addEventOfEach(trx, started, { kind: 'started', ...(image && { detail: { image } }) })
      }
      const byHold = new Map(ready.map((row) => [`${row.id} ${row.epoch}`, row]))
      return holds.map(({ id, epoch }) => byHold.get(`${id} ${epoch}`))
    }),
  )
}
