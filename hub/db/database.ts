import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import knex, { type Knex } from 'knex'
import type * as Pg from 'pg'
import { restrictToOwner } from '../../net/machine/restrict-file.ts'
import { type Database, lockMigration } from './dialect.ts'
import { first } from './migrations/0001-first.ts'
import { states } from './migrations/0002-states.ts'
import { holdFile } from './own-file.ts'
import { sqliteAt } from './sqlite.ts'

/** All migrations in order. A released one is never edited. Each has a name, since knex would store file extensions. */
const migrations = [first, states]

export interface OpenDatabase {
  db: Database
  /** True when no other hub can be at work, so that every other hub that rows name is dead. */
  alone: boolean
  close(): Promise<void>
}

/**
 * Opens and migrates the database. `warn` gets a line for each file that other users may read and that cannot be closed
 * to them. Throws an `Error` with a message for people when another hub holds the SQLite file, or when a newer Carrel
 * has written the database.
 */
export async function openDatabase(url: string, warn: (message: string) => void = nothing): Promise<OpenDatabase> {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length), warn) : openPostgres(url)
}

/** Opens the database while hubs may be at work. Takes no lock and migrates nothing; for reading only. */
export function openBeside(url: string): Database {
  return url.startsWith('sqlite:') ? sqliteAt(url.slice('sqlite:'.length), quiet) : postgresAt(url)
}

async function openSqlite(file: string, warn: (message: string) => void): Promise<OpenDatabase> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true, mode: 0o700 })
  const release = holdFile(`${file}.lock`)
  // SQLite gives the files that it makes beside the database the mode of the database.
  for (const end of ['', '-wal', '-shm', '.lock']) {
    const open = await restrictToOwner(file + end)
    if (open !== undefined) warn(open)
  }
  const db = sqliteAt(file, quiet)
  const close = async () => {
    await db.destroy()
    release()
  }
  return finish(db, true, close)
}

const nothing = () => undefined
/** A log that prints nothing, since knex also throws what it would print. */
const quiet = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing }

async function openPostgres(url: string): Promise<OpenDatabase> {
  const db = postgresAt(url)
  return finish(db, false, () => db.destroy())
}

function postgresAt(url: string): Database {
  const { types }: typeof Pg = createRequire(import.meta.url)('pg')
  return knex({
    client: 'pg',
    // Values would go into error messages, and with them into logs.
    compileSqlOnError: false,
    log: quiet,
    connection: {
      connectionString: url,
      application_name: 'carrel',
      types: {
        // Every bigint here is a time in milliseconds or a counter, far below 2^53.
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
      },
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: 10 },
    acquireConnectionTimeout: 10_000,
  })
}

async function finish(db: Database, alone: boolean, close: () => Promise<void>): Promise<OpenDatabase> {
  try {
    await migrate(db)
    return { db, alone, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function migrate(db: Database): Promise<void> {
  await db.transaction(async (trx) => {
    await lockMigration(trx)
    await refuseNewer(trx)
    const options = { migrationSource, disableTransactions: true }
    // `lockMigration` is the real lock. The one of knex survives a kill -9 and would keep every later start out.
    await trx.migrate.forceFreeMigrationsLock(options)
    await trx.migrate.latest(options)
  })
}

/** Returns the names of migrations that only a newer Carrel knows. */
export async function unknownMigrations(db: Database): Promise<string[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return []
  const rows: { name: string }[] = await db('knex_migrations').select('name')
  return rows.map(({ name }) => name).filter((name) => !migrations.some((migration) => migration.name === name))
}

async function refuseNewer(db: Database): Promise<void> {
  const unknown = await unknownMigrations(db)
  if (unknown.length > 0) {
    const names = unknown.join(', ')
    throw new Error(
      `The database was written by a newer Carrel (it has ${names}, which this version does not know). Start that version or newer, or restore the backup made before the upgrade.`,
    )
  }
}

const migrationSource: Knex.MigrationSource<(typeof migrations)[number]> = {
  getMigrations: async () => migrations,
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => migration,
}
