import { type Database, now, type Transaction } from '../dialect.ts'
import { movingStates } from './server-states.ts'

/** When each course last had a turn to start a server, by the database's clock. A course without a turn is absent. */
export type Turns = ReadonlyMap<string, number>

export async function readTurns(db: Database): Promise<Turns> {
  const rows: { course: string; at: number }[] = await db('turns').select('course', 'at')
  return new Map(rows.map((row) => [row.course, row.at]))
}

/** Notes that a course had its turn now. Called under `lockQueue`. */
export async function takeTurn(trx: Transaction, course: string): Promise<void> {
  await trx('turns')
    .insert({ course, at: now(trx) })
    .onConflict('course')
    .merge(['at'])
}

/** The part that temporary users have of the queue and of all servers. */
export interface TemporaryShare {
  queued: number
  ready: number
  /** Ids of their servers that wait or move. */
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
