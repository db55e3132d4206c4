import type { Knex } from 'knex'
import { type Database, type Dialect, dialectOf } from './dialect.ts'

/** Stands for a value while a query is compiled. */
class Place {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
}

/** What knex makes of a query, as far as its clients read it. */
interface Compiled {
  method: string
  sql: string
  bindings: unknown[]
  returning: unknown
}

/** The part of knex's client that runs a compiled query. */
interface Client {
  acquireConnection(): Promise<object>
  releaseConnection(connection: object): Promise<void>
  query(connection: object, query: Run): Promise<object>
  processResponse(answer: object): unknown
  emit(event: 'query', query: Run): void
  emit(event: 'query-response', response: unknown, query: Run): void
  /**
   * Returns a connection that is free and needs no taking. Its `runAtOnce` runs a query within the call, and returns
   * whether it succeeded. Only SQLite's client has this.
   */
  freeConnection?(): { runAtOnce(query: Run): boolean } | undefined
}

/** One run of a query. Those who listen to knex know it by the id, from its begin to its end. */
interface Run extends Compiled {
  __knexQueryUid: string
}

let runs = 0

/**
 * Returns a query that is compiled to SQL at its first use, and later only gets its values: knex takes longer to
 * compile a query than SQLite to answer it. `build` must hand each value to knex as it is, and make the same query
 * whatever the values are.
 */
export function prepared<Values extends unknown[], Result>(
  build: (db: Database, ...values: Values) => Knex.ChainableInterface,
): (db: Database, ...values: Values) => Promise<Result> {
  const compiled = new Map<Dialect, Compiled>()
  const compile = (db: Database, count: number) => {
    const places = Array.from({ length: count }, (_, index) => new Place(index))
    const made = build(db, ...(places as unknown as Values)) as Knex.QueryBuilder
    const { method, sql, bindings, returning } = made.toSQL() as unknown as Compiled
    const query = { method, sql, bindings, returning }
    compiled.set(dialectOf(db), query)
    return query
  }
  return async (db, ...values) => {
    const query = compiled.get(dialectOf(db)) ?? compile(db, values.length)
    const bindings = query.bindings.map((value) => (value instanceof Place ? values[value.index] : value))
    runs += 1
    const run = { ...query, bindings, __knexQueryUid: `prepared-${runs}` }
    const client: Client = db.client
    const free = isRead(query) ? client.freeConnection?.() : undefined
    if (free !== undefined) {
      client.emit('query', run)
      if (free.runAtOnce(run)) return answered(client, run, run) as Result
    }
    const connection = await client.acquireConnection()
    try {
      return answered(client, run, await client.query(connection, run)) as Result
    } finally {
      await client.releaseConnection(connection)
    }
  }
}

/** Returns whether the query only reads, so that it may be run once more when it fails. */
function isRead({ method }: Compiled): boolean {
  return method === 'select' || method === 'first'
}

/** Returns what knex returns for the answer. A query that fails is announced by knex, and one that succeeds here. */
function answered(client: Client, run: Run, answer: object): unknown {
  const response = client.processResponse(answer)
  client.emit('query-response', response, run)
  return response
}
