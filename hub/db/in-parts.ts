import type { Knex } from 'knex'
import type { Database } from './dialect.ts'

/** So few rows that a statement with them holds neither SQLite's thread nor PostgreSQL's locks for long. */
const most = 500

/** Deletes the rows that `which` selects, in parts. `key` is the table's primary key. */
export async function deleteInParts(
  db: Database,
  table: string,
  key: string,
  which: (rows: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<void> {
  let deleted = most
  while (deleted === most) {
    const some = which(db(table)).select(key).limit(most)
    // The condition counts once more: a row may have been renewed since it was selected.
    deleted = await which(db(table).whereIn(key, some)).delete()
  }
}
