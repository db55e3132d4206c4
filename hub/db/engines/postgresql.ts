/** PostgreSQL for knex. Each new connection asks anew for its URL, so that a password may change while the hub runs. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import knex, { type Knex } from 'knex'
import type * as Pg from 'pg'
import { codeOf, lineOf } from '../../../net/error-code.ts'

/** A URL; one whose password is read from a file at each new connection; or a function that is asked each time. */
export type PostgresUrl = string | { url: string; passwordFile: string } | (() => string | Promise<string>)

/** How long a new connection that is refused asks for another password, since the two are hardly changed at once. */
const patienceMilliseconds = 3000
const retryMilliseconds = 300

interface Dialect extends Knex.Client {
  connectionSettings: object
}

/** Opens PostgreSQL. Connections that are open stay so whatever becomes of the password. */
export function postgresAt(source: PostgresUrl, log: Knex.Logger): Knex {
  const require = createRequire(import.meta.url)
  const { types }: typeof Pg = require('pg')
  // knex names no types for its dialects.
  const Postgres: new (config: Knex.Config) => Dialect = require('knex/lib/dialects/postgres/index.js')

  const settings = {
    application_name: 'carrel',
    types: {
      // Every bigint here is a time in milliseconds or a counter, far below 2^53.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
    },
  }

  class FreshPostgres extends Postgres {
    override async acquireRawConnection(): Promise<unknown> {
      const began = performance.now()
      for (;;) {
        const connectionString = await urlOf(source)
        // Read by knex within the next call, before any other connection can be begun.
        this.connectionSettings = { ...settings, connectionString }
        try {
          return await super.acquireRawConnection()
        } catch (error) {
          const isOver = typeof source === 'string' || performance.now() - began > patienceMilliseconds
          if (isOver || !isRefused(error)) throw explained(error)
        }
        await sleep(retryMilliseconds)
      }
    }
  }

  return knex({
    client: FreshPostgres as unknown as typeof Knex.Client,
    // Values would go into error messages, and with them into logs.
    compileSqlOnError: false,
    log,
    connection: settings as Knex.PgConnectionConfig,
    pool: { min: 0, max: 10 },
    acquireConnectionTimeout: 10_000,
  })
}

async function urlOf(source: PostgresUrl): Promise<string> {
  if (typeof source === 'string') return source
  if (typeof source === 'object') return withPassword(source.url, await passwordIn(source.passwordFile))
  const url = await asked(source)
  if (typeof url === 'string' && /^postgres(ql)?:\/\/\S/.test(url)) return url.trim()
  throw new Error('The function in `database` of the config has returned no URL. It returns one like postgres://…')
}

async function asked(source: () => string | Promise<string>): Promise<unknown> {
  try {
    return await source()
  } catch (error) {
    throw new Error(`The function in \`database\` of the config has failed: ${lineOf(error)}`, { cause: error })
  }
}

/** Returns the password without the end of its line. */
async function passwordIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`The password of the database cannot be read (database.passwordFile): ${lineOf(error)}`)
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new Error(`${file} is empty. It holds the password of the database.`)
  return password
}

/** As a parameter a password may stand in any URL of PostgreSQL, also in one of a socket, which names no host. */
function withPassword(url: string, password: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}password=${encodeURIComponent(password)}`
}

const passwordRefused = '28P01'
const userRefused = '28000'

function isRefused(error: unknown): boolean {
  return [passwordRefused, userRefused].includes(codeOf(error) ?? '')
}

/** Returns an error that says what to do. None of them holds the URL. */
function explained(error: unknown): unknown {
  const remedy = 'Correct `database` of the config, or what it reads.'
  if (isRefused(error)) return new Error(`PostgreSQL refuses the hub: ${lineOf(error)}. ${remedy}`)
  if (codeOf(error) === 'ERR_INVALID_URL') return new Error(`The URL of the database cannot be read. ${remedy}`)
  if (/client password must be/.test(lineOf(error))) {
    return new Error(`PostgreSQL asks for a password, and there is none. ${remedy}`)
  }
  return error
}
