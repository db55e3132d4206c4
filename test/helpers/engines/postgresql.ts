/** Gives each test that writes to a database one of its own, on SQLite and on PostgreSQL, and removes it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { requirePart } from '../require.ts'

export interface TestDatabase {
  /** The URL of the config: `sqlite:…` or `postgres://…`. */
  url: string
  remove(): Promise<void>
}

/** Declares a suite twice. `make` returns a new, empty database, which is removed after the test that made it. */
export function onEachDatabase(title: string, declare: (make: () => Promise<string>) => void): void {
  describe(`${title}, on SQLite`, () => removedAfterEach(sqliteDatabase, declare))
  onPostgresql(title, declare)
}

/** Declares a suite on PostgreSQL only, for what takes several hubs. Else the same as `onEachDatabase`. */
export function onPostgresql(title: string, declare: (make: () => Promise<string>) => void): void {
  describe(`${title}, on PostgreSQL`, () => {
    before(function () {
      requirePart(this, 'postgresql', missingPostgresql())
    })
    removedAfterEach(postgresqlDatabase, declare)
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
  const dir = await mkdtemp(join(tmpdir(), 'carrel-db-'))
  return { url: `sqlite:${dir}/carrel.sqlite`, remove: () => rm(dir, { recursive: true, force: true }) }
}

export function missingPostgresql(): string | undefined {
  return process.env.CARREL_TEST_POSTGRESQL_URL === undefined
    ? 'CARREL_TEST_POSTGRESQL_URL is not set: export CARREL_TEST_POSTGRESQL_URL=$(.ci/start-postgresql)'
    : undefined
}

/** Makes a schema of the given database in place of a database, since PostgreSQL does that a hundred times faster. */
export async function postgresqlDatabase(): Promise<TestDatabase> {
  const server = process.env.CARREL_TEST_POSTGRESQL_URL ?? ''
  const name = `carrel_test_${randomBytes(6).toString('hex')}`
  await query(server, `create schema ${name}`)
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${name}`)
  url.searchParams.set('application_name', name)
  const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${name}'`
  return { url: url.href, remove: () => query(server, `${endSessions}; drop schema ${name} cascade`) }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
