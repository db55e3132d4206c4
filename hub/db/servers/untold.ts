/** Runs that are over, or are being stopped, of which the config's hook `afterStop` is still to be told. */
import { type Database, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { type DueTable, heldByDead, takeDue } from '../due.ts'
import { prepared } from '../prepared.ts'
import type { Server } from './servers.ts'

export interface Untold {
  id: string
  /** JSON: what the hook is told. */
  about: string
  /** When the run was seen gone. */
  gone: number
  /** How many calls have begun. */
  tries: number
}

type Run = Pick<Server, 'id' | 'run'>

const due: DueTable = { table: 'untold', key: 'id', waiting: { holder: null } }

/** Notes a run whose stop begins. The hook is told of it once the run was seen gone. */
export async function noteUntold(trx: Transaction, run: Run, about: string): Promise<void> {
  await trx('untold')
    .insert({ id: idOf(run), about })
    .onConflict()
    .ignore()
}

const seenGone = prepared<[id: string], number>((db, id) =>
  db('untold')
    .where({ id, due: null })
    .update({ due: now(db), gone: now(db) }),
)

/** Makes it due to tell of a run, in the transaction that writes that it was seen gone. */
export async function dueNow(trx: Transaction, run: Run): Promise<void> {
  await seenGone(trx, idOf(run))
}

/** Takes the run that has been due for longest, for this hub to tell of. Undefined when none is due. */
export async function takeUntold(db: Database, holder: string): Promise<Untold | undefined> {
  const row = await takeDue<Row>(db, due, { holder })
  return row && toUntold(row)
}

/** Deletes a run of which the hook was told, or never will be. Returns false where another hub has it by now. */
export async function forgetUntold(db: Database, id: string, holder: string): Promise<boolean> {
  return (await db('untold').where({ id, holder }).delete()) === 1
}

/** Puts a run back, to be told of in so many milliseconds. */
export async function tellLater(
  db: Database,
  { id, holder }: { id: string; holder: string },
  { later, reason }: { later: number; reason: string },
): Promise<void> {
  await db('untold')
    .where({ id, holder })
    .update({ holder: null, due: nowPlus(db, later), reason: storable(reason, 500) })
}

/** Frees the runs that dead hubs had in hand. Returns how many. */
export async function freeUntold(db: Database): Promise<number> {
  return heldByDead(db, 'untold').update({ holder: null })
}

/** Takes a run that has been due for so many milliseconds. Undefined when none has. */
export async function takeOverdue(db: Database, holder: string, milliseconds: number): Promise<Untold | undefined> {
  const [row] = await db('untold')
    .where({ holder: null })
    .whereIn('id', db('untold').where('gone', '<', nowPlus(db, -milliseconds)).limit(1).select('id'))
    .update({ holder })
    .returning('*')
  return row && toUntold(row)
}

interface Row {
  id: string
  about: string
  gone: number | null
  tries: number
}

function toUntold({ id, about, gone, tries }: Row): Untold {
  return { id, about, gone: gone ?? 0, tries }
}

function idOf({ id, run }: Run): string {
  return `${id}-${run}`
}
