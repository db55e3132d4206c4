/** The hubs that could not do a job, and have left it to others. */
import type { Database, Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'

export async function addTry(trx: Transaction, job: number, hub: string): Promise<void> {
  await trx('tries').insert({ job, hub }).onConflict(['job', 'hub']).ignore()
}

/** Returns whether a hub has tried a job before. */
export async function hasTried(db: Database, job: number, hub: string): Promise<boolean> {
  return (await db('tries').where({ job, hub }).first('job')) !== undefined
}

/** Returns the jobs that a hub has tried, for conditions. */
export function triedBy(db: Database, hub: string) {
  return db('tries').where({ hub }).select('job')
}

/** Returns how many living hubs have not tried a job. */
export async function countUntried(db: Database, job: number): Promise<number> {
  const tried = db('tries').where({ job }).select('hub')
  return (await liveHubs(db).whereNotIn('id', tried)).length
}
