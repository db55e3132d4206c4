/**
 * Lets the hubs of one test after the other have the same connections to PostgreSQL. A hub opens ten as it starts, and a
 * new one is a process that has to read what it must know of each table: more than what most tests ask of it.
 */
import { createRequire } from 'node:module'

/** The part of knex's dialect that opens and closes connections. */
interface Dialect {
  /** With a URL for hubs, and what knex has read from one for those who look into a hub's database. */
  connectionSettings: { connectionString?: string; application_name?: string }
  _acquireOnlyConnection(): Promise<Connection>
  destroyRawConnection(connection: Connection): Promise<void>
}

interface Connection {
  query(statements: string): Promise<object>
  end(): Promise<void>
  /** False while a statement is under way. */
  readyForQuery: boolean
  /** Returns `I` outside of a transaction. */
  getTransactionStatus(): string | null
  /** Set by knex when the connection has failed or ended. */
  __knex__disposed?: unknown
}

/** As many of a kind as a hub has, so that the processes of a run together stay below what a server allows. */
const mostKept = 10

/** Connections that nobody has now. Those of a hub read numbers in another way than those of others. */
const kept: Record<'hub' | 'other', Connection[]> = { hub: [], other: [] }
const kinds = new WeakMap<Connection, 'hub' | 'other'>()

const { prototype }: { prototype: Dialect } = createRequire(import.meta.url)('knex/lib/dialects/postgres/index.js')
const { _acquireOnlyConnection: open, destroyRawConnection: close } = prototype

/** From now on keeps what this process opens to schemas whose names begin so, and closes. */
export function keepConnections(beginning: string): void {
  prototype._acquireOnlyConnection = async function () {
    const settings = this.connectionSettings
    const schema = schemaOf(settings)
    if (!schema?.startsWith(beginning)) return await open.call(this)
    const kind = settings.connectionString === undefined ? 'other' : 'hub'
    for (let found = kept[kind].pop(); found !== undefined; found = kept[kind].pop()) {
      if (await isDone(found, `set search_path to ${schema}; set application_name to ${schema}`)) return found
    }
    this.connectionSettings = settings
    const connection = await open.call(this)
    kinds.set(connection, kind)
    return connection
  }
  prototype.destroyRawConnection = async function (connection) {
    const kind = kinds.get(connection)
    const isIdle = connection.readyForQuery && connection.getTransactionStatus() === 'I'
    // Without the name of its schema, by which a test ends what is left of its hubs.
    const asNew = 'reset all; select pg_advisory_unlock_all(); set application_name to carrel_test_kept'
    if (kind !== undefined && isIdle && kept[kind].length < mostKept && (await isDone(connection, asNew)))
      kept[kind].push(connection)
    else await close.call(this, connection)
  }
}

export async function closeKeptConnections(): Promise<void> {
  const all = [...kept.hub.splice(0), ...kept.other.splice(0)]
  await Promise.all(all.map((connection) => connection.end()))
}

async function isDone(connection: Connection, statements: string): Promise<boolean> {
  if (connection.__knex__disposed !== undefined) return false
  try {
    await connection.query(statements)
    return true
  } catch {
    return false
  }
}

/** A schema of a test is the name of its connections too. */
function schemaOf({ connectionString, application_name }: Dialect['connectionSettings']): string | undefined {
  if (connectionString === undefined) return application_name
  return new URL(connectionString).searchParams.get('application_name') ?? undefined
}
