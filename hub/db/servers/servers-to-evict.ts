/** Which servers may not go on, because of their user or all the seats that have ended there. */
import { type Database, now } from '../dialect.ts'
import { runningStates } from './server-states.ts'
import { type Server, type ServerRow, toServer } from './servers.ts'

/** Servers that run, or are on their way, of users who may not have any. */
export async function serversOfInactiveUsers(db: Database): Promise<Server[]> {
  const users = db('users').whereNot({ state: 'active' }).select('id')
  const rows: ServerRow[] = await db('servers').whereIn('state', runningStates).whereIn('user', users).limit(100)
  return rows.map(toServer)
}

/** Servers in whose present run more than `most` seats of their owners have ended whose cookies may still be about. */
export async function serversWithEndedSeats(db: Database, most: number): Promise<Server[]> {
  const crowded = db('seats')
    .join('servers as seated', (on) =>
      on.on('seated.id', 'seats.server').andOn('seated.run', 'seats.run').andOn('seated.user', 'seats.user'),
    )
    .whereRaw('seats.ended')
    .where('seats.expires', '>', now(db))
    .groupBy('seats.server')
    .havingRaw('count(*) > ?', [most])
    .select('seats.server')
  const rows: ServerRow[] = await db('servers').where({ state: 'ready' }).whereIn('id', crowded)
  return rows.map(toServer)
}
