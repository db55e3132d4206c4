import type { Knex } from 'knex'

/** A connection pool or, where a caller has opened one, a transaction. */
export type Database = Knex

/** A transaction, for functions that hold locks or whose writes must happen together. */
export type Transaction = Knex.Transaction

export type Dialect = 'sqlite' | 'postgresql'

function dialectOf(db: Database): Dialect {
  return db.client.config.client === 'pg' ? 'postgresql' : 'sqlite'
}

// This file holds all that differs between the two databases, a function each. SQLite needs no locks: its pool has one
// connection, and a file lock keeps other hubs out, so that a transaction there is always alone.

/** Returns SQL for the milliseconds since 1970 by the database's clock, the only clock that counts. */
export function now(db: Database): Knex.Raw<number> {
  return dialectOf(db) === 'postgresql'
    ? db.raw('(extract(epoch from clock_timestamp()) * 1000)::bigint')
    : db.raw("cast(unixepoch('now', 'subsec') * 1000 as integer)")
}

/** Returns SQL for the time `milliseconds` from now by the database's clock. */
export function nowPlus(db: Database, milliseconds: number): Knex.Raw<number> {
  return db.raw('? + ?', [now(db), Math.round(milliseconds)])
}

export async function readClock(db: Database): Promise<number> {
  const [row] = await db.select({ at: now(db) })
  return Number(row.at)
}

/** Locks the queue until the transaction ends, so that one hub at a time starts queued servers. */
export async function lockQueue(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 1)')
}

/** Locks migrations until the transaction ends: another hub that would migrate waits. */
export async function lockMigration(trx: Transaction): Promise<void> {
  if (dialectOf(trx) === 'postgresql') await trx.raw('select pg_advisory_xact_lock(7163, 2)')
}

/** Locks the rows that a query finds until the transaction ends. */
export function forUpdate<Q extends Knex.QueryBuilder>(trx: Transaction, query: Q): Q {
  return dialectOf(trx) === 'postgresql' ? (query.forUpdate() as Q) : query
}

/** Returns text from outside cut to a column's width, without the one character that PostgreSQL cannot hold. */
export function storable(text: string, length: number): string {
  return text.replaceAll('\0', '').slice(0, length)
}
