import type { Knex } from 'knex'

/** A connection pool or, where a caller has opened one, a transaction. */
export type Database = Knex

/** For what holds locks, or writes what must not come apart. */
export type Transaction = Knex.Transaction

export type Dialect = 'sqlite' | 'postgresql'

function dialectOf(db: Database): Dialect {
  return db.client.config.client === 'pg' ? 'postgresql' : 'sqlite'
}

// What only one of the two databases can do sits in this file, a function each. SQLite needs fewer words: its pool
// has one connection, and a file lock keeps other hubs out, so that a transaction there is alone in the world.

/** Milliseconds since 1970 by the database's clock, the only clock that counts. */
export function now(db: Database): Knex.Raw<number> {
  return dialectOf(db) === 'postgresql'
    ? db.raw('(extract(epoch from clock_timestamp()) * 1000)::bigint')
    : db.raw("cast(unixepoch('now', 'subsec') * 1000 as integer)")
}

/** The database's clock, `milliseconds` from now. */
export function nowPlus(db: Database, milliseconds: number): Knex.Raw<number> {
  return db.raw('? + ?', [now(db), Math.round(milliseconds)])
}

export async function readClock(db: Database): Promise<number> {
  const [row] = await db.select({ at: now(db) })
  return Number(row.at)
}

/** Until the transaction ends, nobody else is between this line and its own end. */
export async function lockQueue(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 1)')
}

/** Holds every other hub that migrates until the transaction ends. */
export async function lockMigration(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 2)')
}

/** Locks the rows that a query finds until the transaction ends. */
export function forUpdate<Q extends Knex.QueryBuilder>(trx: Transaction, query: Q): Q {
  return dialectOf(trx) === 'postgresql' ? (query.forUpdate() as Q) : query
}

/** Text from outside, cut to a column's width and without the one character that PostgreSQL cannot hold. */
export function storable(text: string, length: number): string {
  return text.replaceAll('\0', '').slice(0, length)
}
