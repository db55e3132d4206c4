import { type Database, now, type Transaction } from '../dialect.ts'
import { movingStates } from './server-states.ts'

/** Course -> when a server of it was last let start, by the database's clock. Absent: never. */
export type Turns = ReadonlyMap<string, number>

export async function readTurns(db: Database): Promise<Turns> {
  const rows: { course: string; at: number }[] = await db('turns').select('course', 'at')
  return new Map(rows.map((row) => [row.course, row.at]))
}

/** Called under `lockQueue`. */
export async function takeTurn(trx: Transaction, course: string): Promise<void> {
  await trx('turns')
    .insert({ course, at: now(trx) })
    .onConflict('course')
    .merge(['at'])
}

/** What temporary users have of the queue and of the servers in all. */
export interface TemporaryShare {
  queued: number
  ready: number
  /** Ids of servers that wait or move. */
  moving: ReadonlySet<string>
}

export async function temporaryShare(db: Database): Promise<TemporaryShare> {
  const theirs = () => db('servers').join('users', 'users.id', 'servers.user').where('users.kind', 'temporary')
  const moving: { id: string; state: string }[] = await theirs()
    .whereIn('servers.state', movingStates)
    .select('servers.id', 'servers.state')
  const [ready] = await theirs().where('servers.state', 'ready').count({ count: '*' })
  return {
    queued: moving.filter(({ state }) => state === 'queued').length,
    ready: Number(ready?.count),
    moving: new Set(moving.map(({ id }) => id)),
  }
}
