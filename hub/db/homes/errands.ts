import { type Database, now, type Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'

/** A short program beside a home or an image, as the database knows it. */
export interface Errand {
  id: string
  home: string | undefined
  /** The hub that runs it. Undefined once that hub has given it up, so that the housekeeper ends it. */
  hub: string | undefined
  /** What it is for, in a word or two: `export`. */
  purpose: string
  created: number
}

export async function addErrand(trx: Transaction, errand: Pick<Errand, 'id' | 'home' | 'purpose'> & { hub: string }) {
  const { id, home = null, hub, purpose } = errand
  await trx('errands').insert({ id, home, hub, purpose, created: now(trx) })
}

export async function findErrand(db: Database, id: string): Promise<Errand | undefined> {
  const row: ErrandRow | undefined = await db('errands').where({ id }).first()
  return row && toErrand(row)
}

/** Returns the ids among these that have a row. */
export async function knownErrands(db: Database, ids: string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await db('errands').whereIn('id', ids).select('id')
  return new Set(rows.map(({ id }) => id))
}

/** Returns errands that no living hub runs, 100 at most. */
export async function lostErrands(db: Database): Promise<Errand[]> {
  const rows: ErrandRow[] = await db('errands')
    .where((row) => row.whereNull('hub').orWhereNotIn('hub', liveHubs(db)))
    .limit(100)
  return rows.map(toErrand)
}

/** Leaves an errand that could not be ended to the housekeeper. */
export async function giveErrandUp(db: Database, id: string): Promise<void> {
  await db('errands').where({ id }).update({ hub: null })
}

export async function deleteErrand(trx: Transaction, id: string): Promise<void> {
  await trx('errands').where({ id }).delete()
}

interface ErrandRow {
  id: string
  home: string | null
  hub: string | null
  purpose: string
  created: number
}

function toErrand(row: ErrandRow): Errand {
  return { ...row, home: row.home ?? undefined, hub: row.hub ?? undefined }
}
