/** SQLite for knex by Node's own module: statements are compiled once, and run at once in this thread. */
import { createRequire } from 'node:module'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import knex, { type Knex } from 'knex'

/** What knex hands to a driver, and what it expects in return. */
interface Query {
  sql: string
  bindings?: readonly unknown[]
  response?: unknown[]
  context?: { lastID: number | bigint; changes: number | bigint }
}

interface Dialect extends Knex.Client {
  connectionSettings: { filename: string }
}

// knex names no types for its dialects. This one compiles queries to SQLite's SQL, and leaves the driver to us.
const Sqlite: new (config: Knex.Config) => Dialect = createRequire(import.meta.url)(
  'knex/lib/dialects/sqlite3/index.js',
)

class NodeSqlite extends Sqlite {
  /** The one connection of the pool. */
  private connection?: Connection

  _driver(): object {
    return DatabaseSync
  }

  override async acquireRawConnection(): Promise<Connection> {
    this.connection = new Connection(this.connectionSettings.filename)
    return this.connection
  }

  /**
   * Returns the connection while it may be used at once: it is free, and no call waits for it. Taking it from the pool
   * takes longer than most queries.
   */
  freeConnection(): Connection | undefined {
    // The client of a transaction has no pool.
    const pool = this.pool as { numFree(): number; numPendingAcquires(): number } | undefined
    const isFree = pool?.numFree() === 1 && pool.numPendingAcquires() === 0
    return isFree && this.connection?.hasHeldThread(performance.now()) === false ? this.connection : undefined
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    connection.close()
  }

  /**
   * Every transaction begins as one that writes. One that has read first could not write any more after another process
   * has written, and waiting would not help it.
   */
  async _query(connection: Connection, query: Query): Promise<Query> {
    if (query.sql === begin) query.sql = 'BEGIN IMMEDIATE;'
    return connection.run(query)
  }
}

/** How long a statement waits for another process, such as a backup, that holds the file just now. */
const busyMilliseconds = 5000
const retryMilliseconds = 10

/** For how long one statement after the other may hold the thread. */
const turnMilliseconds = 10

/** Lists of values make a text for each length. Beyond this many texts all are forgotten. */
const mostStatements = 500

/** How knex writes a limit. */
const limit = ' limit ?'
/** How knex begins a transaction. */
const begin = 'BEGIN;'

interface Compiled {
  statement: StatementSync
  /** Names of the columns of its rows; empty when it returns none. */
  columns: string[]
}

class Connection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, Compiled>()
  readonly #statementsOfOne = new Map<string, Compiled>()
  /** When the first statement of this turn of the event loop came; undefined until it comes. */
  #turnBegan: number | undefined

  constructor(file: string) {
    // The hub before this one may hold the file just now, as it closes it. Nothing else is under way yet that could not wait.
    this.#database = new DatabaseSync(file, { timeout: busyMilliseconds })
    // In WAL mode a killed process loses nothing (decision 4).
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
    this.#database.exec('pragma busy_timeout = 0')
    // SQLite's own knows no letters but those of English, and a search for "émile" would miss "Émile".
    this.#database.function('lower', { deterministic: true }, (text) =>
      text === null ? null : String(text).toLowerCase(),
    )
  }

  close(): void {
    this.#database.close()
  }

  async run(query: Query): Promise<Query> {
    const began = performance.now()
    if (this.hasHeldThread(began)) await nextTurn()
    const until = began + busyMilliseconds
    for (;;) {
      try {
        return this.#runNow(query)
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error
      }
      // SQLite's own wait would hold the thread.
      await sleep(retryMilliseconds)
    }
  }

  /** Runs the query within this call. Returns whether it succeeded. */
  runAtOnce(query: Query): boolean {
    try {
      this.#runNow(query)
      return true
    } catch {
      // Run once more, as usual, it waits for a file that is busy, and its error is reported.
      return false
    }
  }

  /**
   * Returns whether statements have held the thread for long in this turn of the event loop. They run at once, so without
   * a pause a thousand of them one after the other would keep all requests waiting.
   */
  hasHeldThread(now: number): boolean {
    if (this.#turnBegan !== undefined) return now - this.#turnBegan > turnMilliseconds
    this.#turnBegan = now
    setImmediate(() => {
      this.#turnBegan = undefined
    })
    return false
  }

  #runNow(query: Query): Query {
    const values = (query.bindings ?? []).map(bindable)
    const isOne = values.at(-1) === 1 && query.sql.endsWith(limit)
    if (isOne) values.pop()
    const { statement, columns } = this.#compiled(query.sql, isOne)
    if (columns.length > 0) {
      const rows = statement.all(...values) as unknown as SQLOutputValue[][]
      query.response = rows.map((row) => rowOf(columns, row))
    } else {
      const { changes, lastInsertRowid } = statement.run(...values)
      query.context = { changes, lastID: lastInsertRowid }
    }
    return query
  }

  /**
   * Returns the statement, with the limit of one row in its text where `isOne`. Knex gives a limit as a value, but SQLite
   * plans a query by the value of its limit, so it would compile the query anew each time.
   */
  #compiled(sql: string, isOne: boolean): Compiled {
    const statements = isOne ? this.#statementsOfOne : this.#statements
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(isOne ? `${sql.slice(0, -limit.length)} limit 1` : sql)
    statement.setReturnArrays(true)
    const made = { statement, columns: statement.columns().map(({ name }) => name) }
    // What `*` stands for may be another list of columns after a change of a table.
    if (statements.size >= mostStatements || /^\s*(create|alter|drop)/i.test(sql)) {
      this.#statements.clear()
      this.#statementsOfOne.clear()
    } else statements.set(sql, made)
    return made
  }
}

/** Returns a row as an object. The objects that the driver makes are slower, and have no prototype. */
function rowOf(columns: string[], values: SQLOutputValue[]): Record<string, SQLOutputValue | undefined> {
  const row: Record<string, SQLOutputValue | undefined> = {}
  columns.forEach((name, index) => {
    row[name] = values[index]
  })
  return row
}

function bindable(value: unknown): SQLInputValue {
  return typeof value === 'boolean' || value instanceof Date ? Number(value) : (value as SQLInputValue)
}

/** Returns whether another connection holds the file, so that the same statement may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const busy = 5
  return (error as { errcode?: number }).errcode === busy
}

/** Opens a SQLite file. The pool has one connection, so that a transaction runs alone. */
export function sqliteAt(file: string, log: Knex.Logger): Knex {
  return knex({
    client: NodeSqlite as unknown as typeof Knex.Client,
    compileSqlOnError: false,
    log,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
}
