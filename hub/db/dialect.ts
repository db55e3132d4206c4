import type { Knex } from 'knex'

/** A connection pool or, where a caller has opened one, a transaction. */
export type Database = Knex

/** A transaction, for functions that hold locks or whose writes must happen together. */
export type Transaction = Knex.Transaction

export type Dialect = 'sqlite' | 'postgresql'

export function dialectOf(db: Database): Dialect {
  return db.client.dialect === 'postgresql' ? 'postgresql' : 'sqlite'
}

// This file holds all that differs between the two databases, a function each. SQLite needs no locks: its pool has one
// connection, and a file lock keeps other hubs out, so that a transaction there is always alone.

/** Returns SQL for the milliseconds since 1970 by the database's clock, the only clock that counts. */
export function now(db: Database): Knex.Raw<number> {
  return db.raw(clock[dialectOf(db)])
}

const clock: Record<Dialect, string> = {
  postgresql: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
  sqlite: "cast(unixepoch('now', 'subsec') * 1000 as integer)",
}

/** Returns SQL for the time `milliseconds` from now by the database's clock. */
export function nowPlus(db: Database, milliseconds: number): Knex.Raw<number> {
  return db.raw('? + ?', [now(db), Math.round(milliseconds)])
}

/** Locks the queue until the transaction ends, so that one hub at a time starts queued servers. */
export async function lockQueue(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 1)')
}

/** Locks migrations until the transaction ends: another hub that would migrate waits. */
export async function lockMigration(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 2)')
}

/** Locks the room for files that users hand in until the transaction ends, so that they are counted and removed one after another. */
export async function lockHandedIn(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 3)')
}

/** Locks the jobs of hubs until the transaction ends, so that one hub at a time takes some. */
export async function lockJobs(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 5)')
}

/** Locks the rows that a query finds until the transaction ends. */
export function forUpdate<Q extends Knex.QueryBuilder>(trx: Database, query: Q): Q {
  return dialectOf(trx) === 'postgresql' ? (query.forUpdate() as Q) : query
}

/** Runs a statement that says what it returns, and returns those rows. For what the query builder cannot express. */
export async function returnedRows<Row>(db: Database, sql: string, values: readonly Knex.RawBinding[]): Promise<Row[]> {
  const returned = await db.raw(sql, values)
  return dialectOf(db) === 'postgresql' ? returned.rows : returned
}

/**
 * Returns SQL for a table of texts, to select from or to insert. All its rows are one parameter, since a statement may
 * have fewer parameters than a table has rows.
 */
export function tableOf<Column extends string>(
  db: Database,
  columns: readonly Column[],
  rows: readonly Partial<Record<Column, string | number | null>>[],
): Knex.Raw {
  if (dialectOf(db) === 'postgresql') {
    const types = columns.map(() => '?? text').join(', ')
    return db.raw(`json_to_recordset(?::json) as made(${types})`, [JSON.stringify(rows), ...columns])
  }
  const values = columns.map(() => 'json_extract(value, ?) as ??').join(', ')
  const paths = columns.flatMap((column) => [`$.${column}`, column])
  return db.raw(`(select ${values} from json_each(?)) as made`, [...paths, JSON.stringify(rows)])
}

/**
 * Returns SQL for a condition: that a column has one of several values, which come as one parameter, a JSON list. So the
 * statement is the same whatever their number.
 */
export function isOneOf(db: Database, column: string, list: string): Knex.Raw {
  return dialectOf(db) === 'postgresql'
    ? db.raw('?? = any(array(select json_array_elements_text(?::json)))', [column, list])
    : db.raw('?? in (select value from json_each(?))', [column, list])
}

/**
 * Returns SQL for a condition: that a text and a whole number of the row are one of several pairs, which come as one
 * parameter, a JSON list of lists.
 */
export function isPairOf(db: Database, text: string, number: string, list: string): Knex.Raw {
  const pairs: Record<Dialect, string> = {
    postgresql: 'select pair->>0, (pair->>1)::integer from json_array_elements(?::json) as pair',
    sqlite: "select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(?)",
  }
  return db.raw(`(??, ??) in (${pairs[dialectOf(db)]})`, [text, number, list])
}

/** Returns SQL for a condition: that a column, JSON of lists by their names, has this text in the list of this name. */
export function listsHave(db: Database, column: string, name: string, text: string): Knex.Raw {
  return dialectOf(db) === 'postgresql'
    ? db.raw('(??::jsonb -> ?::text) @> to_jsonb(?::text)', [column, name, text])
    : db.raw(
        'exists (select 1 from json_each(??) as lists, json_each(lists.value) as list where lists.key = ? and list.value = ?)',
        [column, name, text],
      )
}

/** Returns whether a write failed because the row that it names in another table is not there. */
export function breaksReference(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number }
  return code === '23503' || errcode === 787
}

/** Returns text from outside cut to a column's width, without the one character that PostgreSQL cannot hold. */
export function storable(text: string, length: number): string {
  return text.replaceAll('\0', '').slice(0, length)
}
