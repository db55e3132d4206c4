import { addReport } from '../db/servers/activity.ts'
import { lockReady, type Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

/**
 * Notes activity of the run now, which moves its end by idleness and never the one by age. A culler's stop that begins
 * later is refused by its condition. Returns false, and does nothing, when the run is no longer ready.
 */
export async function keepServer({ db }: Pick<Hub, 'db'>, server: Pick<Server, 'id' | 'run'>): Promise<boolean> {
  return db.transaction(async (trx) => {
    if (!(await lockReady(trx, server))) return false
    await addReport(trx, server.id, server.run, Number.POSITIVE_INFINITY)
    return true
  })
}

/** Notes that a desk of the run is visible and has had input lately, which is activity. Writes not more than twice a minute. */
export async function noteVisible({ db }: Pick<Hub, 'db'>, server: Pick<Server, 'id' | 'run'>): Promise<void> {
  await addReport(db, server.id, server.run, Number.POSITIVE_INFINITY, paceMilliseconds)
}

const paceMilliseconds = 30_000
