import { type Database, nowPlus, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'
import { movingStates } from './server-states.ts'

/** When each course last had a turn to start a server, by the database's clock. A course without a turn is absent. */
export type Turns = ReadonlyMap<string, number>

const turns = prepared<[], { course: string; at: number }[]>((db) => db('turns').select('course', 'at'))

export async function readTurns(db: Database): Promise<Turns> {
  const rows = await turns(db)
  return new Map(rows.map((row) => [row.course, row.at]))
}

/** Notes that these courses had their turn now, in this order. Called under `lockQueue`. */
export async function takeTurns(trx: Transaction, courses: string[]): Promise<void> {
  if (courses.length === 0) return
  await trx('turns')
    .insert(courses.map((course, index) => ({ course, at: nowPlus(trx, index) })))
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
  const theirs = () =>
    db('servers')
      .join('users', 'users.id', 'servers.user')
      .where('users.kind', 'temporary')
      .whereRaw('not servers.spare')
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
