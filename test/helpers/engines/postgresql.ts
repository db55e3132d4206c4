/**
 * Gives each test that writes to a database one of its own, on SQLite and on PostgreSQL, and takes it back. It is as a
 * hub has made it, without rows.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requirePart } from '../require.ts'
import {
  giveBackSchema,
  makeSchema,
  removeSchema,
  removeSpareSchemas,
  takeMigratedSchema,
  writeMigratedSqlite,
} from './migrated.ts'

export interface TestDatabase {
  /** The URL of the config: `sqlite:…` or `postgres://…`. */
  url: string
  remove(): Promise<void>
}

/** Declares a suite twice. `make` returns a database of its own, which is taken back after the test that made it. */
export function onEachDatabase(title: string, declare: (make: () => Promise<string>) => void): void {
  describe(`${title}, on SQLite`, () => removedAfterEach(sqliteDatabase, declare))
  onPostgresql(title, declare)
}

/**
 * Declares a suite on SQLite only, for pages, messages and attacks by requests, whose statements suites of the same feature
 * run on both. Else the same as `onEachDatabase`.
 */
export function onSqlite(title: string, declare: (make: () => Promise<string>) => void): void {
  describe(title, () => removedAfterEach(sqliteDatabase, declare))
}

/** Declares a suite on PostgreSQL only, for what takes several hubs. Else the same as `onEachDatabase`. */
export function onPostgresql(title: string, declare: (make: () => Promise<string>) => void): void {
  describePostgresql(title, postgresqlDatabase, declare)
}

/** Does the same as `onEachDatabase` with databases that no hub has opened yet. */
export function onEachEmptyDatabase(title: string, declare: (make: () => Promise<string>) => void): void {
  describe(`${title}, on SQLite`, () => removedAfterEach(emptySqliteDatabase, declare))
  onEmptyPostgresql(title, declare)
}

export function onEmptyPostgresql(title: string, declare: (make: () => Promise<string>) => void): void {
  describePostgresql(title, emptyPostgresqlDatabase, declare)
}

function describePostgresql(
  title: string,
  make: () => Promise<TestDatabase>,
  declare: (make: () => Promise<string>) => void,
): void {
  describe(`${title}, on PostgreSQL`, () => {
    before(function () {
      requirePart(this, 'postgresql', missingPostgresql())
    })
    removedAfterEach(make, declare)
  })
}

function removedAfterEach(make: () => Promise<TestDatabase>, declare: (make: () => Promise<string>) => void): void {
  const made: TestDatabase[] = []
  declare(async () => {
    const database = await make()
    made.push(database)
    return database.url
  })
  // Declared last, so that it runs after the suite's own hooks have stopped what uses the database.
  afterEach(async () => {
    for (const database of made.splice(0)) await database.remove()
  })
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const database = await emptySqliteDatabase()
  await writeMigratedSqlite(database.url.slice('sqlite:'.length))
  return database
}

export async function emptySqliteDatabase(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-db-'))
  return { url: `sqlite:${dir}/carrel.sqlite`, remove: () => rm(dir, { recursive: true, force: true }) }
}

export function missingPostgresql(): string | undefined {
  return server() === ''
    ? 'CARREL_TEST_POSTGRESQL_URL is not set: export CARREL_TEST_POSTGRESQL_URL=$(.ci/start-postgresql)'
    : undefined
}

function server(): string {
  return process.env.CARREL_TEST_POSTGRESQL_URL ?? ''
}

/** Takes a schema of the given database in place of a database, since PostgreSQL makes that a hundred times faster. */
export async function postgresqlDatabase(): Promise<TestDatabase> {
  const schema = await takeMigratedSchema(server())
  return { url: schema.url, remove: () => giveBackSchema(server(), schema) }
}

export async function emptyPostgresqlDatabase(): Promise<TestDatabase> {
  const schema = await makeSchema(server())
  return { url: schema.url, remove: () => removeSchema(server(), schema) }
}

// At the end of all tests of this process. A bench, which Mocha does not run, takes no such schema.
if ('after' in globalThis) after(() => removeSpareSchemas(server()))
