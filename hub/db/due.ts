/** Rows that are due at a time and that one hub carries out: tables with the columns `due`, `tries` and `holder`. */
import type { Knex } from 'knex'
import { type Database, now } from './dialect.ts'
import { liveHubs } from './hubs.ts'

/** Names a table, the column that is its key, and the values by which a row waits. */
export interface DueTable {
  table: string
  key: string
  waiting: Record<string, string | null>
}

/** Takes the row that has been due for longest, with these values. Undefined when none is due, or another hub was quicker. */
export async function takeDue<Row>(
  db: Database,
  { table, key, waiting }: DueTable,
  taken: Record<string, string | Knex.Raw>,
): Promise<Row | undefined> {
  const next = db(table).where(waiting).where('due', '<=', now(db)).orderBy('due').limit(1).select(key)
  const [row] = await db(table)
    .where(waiting)
    .whereIn(key, next)
    .update({ ...taken, tries: db.raw('tries + 1') })
    .returning('*')
  return row
}

/** Finds the rows that dead hubs hold. */
export function heldByDead(db: Database, table: string): Knex.QueryBuilder {
  return db(table).where((row) => row.whereNotNull('holder').whereNotIn('holder', liveHubs(db)))
}
