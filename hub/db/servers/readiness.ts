import { inRounds } from '../../../net/rounds.ts'
import type { Database } from '../dialect.ts'
import { addEvent } from '../events.ts'
import { nextRevisions } from '../installation.ts'
import { forgetGuests } from '../seats/guests.ts'
import { becomeReady, type Hold } from './server-moves.ts'
import { keyOf } from './server-states.ts'
import type { Server } from './servers.ts'

/** Moves a row to ready, with the revision for its route and a line of history. Undefined when the hold is lost. */
export type MakeReady = (hold: Hold) => Promise<Server | undefined>

/**
 * Returns how servers become ready. Those that do so at the same time share a transaction: the end of a transaction costs
 * SQLite more than all its statements, and all of them take turns at the one row of revisions.
 */
export function createReadiness(db: Database): MakeReady {
  return inRounds(async (holds: Hold[]) =>
    db.transaction(async (trx) => {
      const revisions = await nextRevisions(trx, holds.length)
      const rows: (Server | undefined)[] = []
      for (const [index, hold] of holds.entries()) {
        const row = await becomeReady(trx, hold, revisions[index] as number)
        rows.push(row)
        if (row === undefined) continue
        await forgetGuests(trx, row.id)
        await addEvent(trx, { kind: 'started', user: row.user, course: row.course, ...keyOf(row) })
      }
      return rows
    }),
  )
}
