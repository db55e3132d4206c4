/**
 * Databases as a hub has made them, without a row, for the many tests that are about what comes then. To bring a new
 * database from the first migration to the last costs more than most of these tests.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from '../../../hub/db/database.ts'
import { closeKeptConnections, keepConnections } from './kept-connections.ts'

const beginning = 'carrel_test_'
// A bench, which Mocha does not run, measures hubs as they are.
if ('after' in globalThis) keepConnections(beginning)

let sqlite: Promise<Buffer> | undefined

/** Writes such a database of SQLite. */
export async function writeMigratedSqlite(file: string): Promise<void> {
  sqlite ??= makeSqlite()
  await writeFile(file, await sqlite, { mode: 0o600 })
}

async function makeSqlite(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-migrated-'))
  const file = join(folder, 'carrel.sqlite')
  try {
    await (await openDatabase(`sqlite:${file}`)).close()
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The schema of a test, as the database of a hub. */
export interface Schema {
  name: string
  /** Opens the server's database with this schema in place of the usual one. */
  url: string
}

/** Makes an empty schema in the server's database. */
export async function makeSchema(server: string): Promise<Schema> {
  const name = newName()
  await ask(server, (client) => client.query(`create schema ${name}`))
  return schemaOf(server, name)
}

/** Removes a schema and ends what has it open. */
export async function removeSchema(server: string, { name }: Schema): Promise<void> {
  await ask(server, (client) => client.query(`${endSessions(name)}; drop schema ${name} cascade`))
}

/** What tests of this process have given back. */
const spare: Schema[] = []
/** What `columnsOf` found in the first one that was made. */
let columns: string | undefined

/** Returns a schema that is migrated and without rows, and that no other test has. */
export async function takeMigratedSchema(server: string): Promise<Schema> {
  const used = spare.pop()
  if (used !== undefined) {
    const name = newName()
    // What is left of the test before, such as a process, finds no schema of the old name.
    await ask(server, (client) => client.query(`alter schema ${used.name} rename to ${name}`))
    return schemaOf(server, name)
  }
  const schema = await makeSchema(server)
  await (await openDatabase(schema.url)).close()
  columns ??= await ask(server, (client) => columnsOf(client, schema))
  return schema
}

/** Ends what has the schema open, and empties it for another test. One whose tables a test has changed is removed. */
export async function giveBackSchema(server: string, schema: Schema): Promise<void> {
  const isAsMade = await ask(server, async (client) => {
    await client.query(endSessions(schema.name))
    if ((await columnsOf(client, schema)) !== columns) return false
    await empty(client, schema)
    return true
  })
  if (isAsMade) spare.push(schema)
  else await removeSchema(server, schema)
}

/** Ends what this file and `kept-connections.ts` keep for the next test. */
export async function removeSpareSchemas(server: string): Promise<void> {
  await closeKeptConnections()
  for (const schema of spare.splice(0)) await removeSchema(server, schema)
  const client = await asking
  asking = undefined
  await client?.end()
}

/** Removes the rows of all tables but those of migrations, and lets each number begin at 1. */
async function empty(client: pg.Client, { name }: Schema): Promise<void> {
  // A table without a file's block has never had a row.
  const { rows } = await client.query<{ statements: string }>(`
    select string_agg(format(
      case when relkind = 'r' then 'delete from %s' else 'select setval(%L, 1, false)' end, oid::regclass
    ), '; ') as statements
    from pg_class where relnamespace = '${name}'::regnamespace and relname not like 'knex_%'
      and (relkind = 'S' or relkind = 'r' and pg_relation_size(oid) > 0)`)
  // To delete the few rows of a test costs less than to truncate a table, which gives it and its indexes new files.
  await client.query(`set local session_replication_role = replica; ${rows[0]?.statements}`)
}

/** Returns a mark of the names and types of all columns, of tables and of indexes. */
async function columnsOf(client: pg.Client, { name }: Schema): Promise<string | undefined> {
  const { rows } = await client.query<{ mark: string }>(`
    select md5(string_agg(concat_ws(' ', relname, attname, atttypid, attnotnull), ',' order by relname, attnum)) as mark
    from pg_attribute join pg_class on pg_class.oid = attrelid where relnamespace = '${name}'::regnamespace`)
  return rows[0]?.mark
}

/** Waits for each end, so that no statement that was under way writes later. */
function endSessions(name: string): string {
  return `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = '${name}'`
}

function newName(): string {
  return `${beginning}${randomBytes(6).toString('hex')}`
}

function schemaOf(server: string, name: string): Schema {
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${name}`)
  url.searchParams.set('application_name', name)
  return { name, url: url.href }
}

/** The connection of this file, from its first question on. */
let asking: Promise<pg.Client> | undefined

async function ask<Answer>(server: string, question: (client: pg.Client) => Promise<Answer>): Promise<Answer> {
  asking ??= (async () => {
    const client = new pg.Client({ connectionString: server })
    client.on('error', () => {
      asking = undefined
    })
    await client.connect()
    return client
  })()
  return await question(await asking)
}
