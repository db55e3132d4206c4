/** Which courses have a newer commit that copies in running servers are to follow. */
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'

/** A round through the copies of a course. */
export interface FollowRound {
  /** The id of the course. */
  course: string
  /** The revision of its content. */
  revision: number
}

/** What no server has taken within this time waits for its next opening. */
const mostMilliseconds = 3600_000

/** Has the copies of a course looked at, since another commit counts from now on. */
export async function wantRound(trx: Transaction, { course, revision }: FollowRound): Promise<void> {
  const columns = { revision, begun: now(trx) }
  await trx('follows')
    .insert({ course, ...columns })
    .onConflict('course')
    .merge(columns)
}

export async function listRounds(db: Database): Promise<FollowRound[]> {
  const rows: { course: string; revision: number | string }[] = await db('follows').select('course', 'revision')
  return rows.map(({ course, revision }) => ({ course, revision: Number(revision) }))
}

/** Ends a round, unless another commit counts since. */
export async function endRound(db: Database, { course, revision }: FollowRound): Promise<void> {
  await db('follows').where({ course, revision }).delete()
}

/** Ends the rounds that have gone on for too long. */
export async function endOldRounds(db: Database): Promise<void> {
  await db('follows').where('begun', '<', nowPlus(db, -mostMilliseconds)).delete()
}
