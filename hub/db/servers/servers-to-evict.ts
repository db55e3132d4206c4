/** Queries for servers that may not go on, because of their user or of too many ended seats. */
import { type Database, now } from '../dialect.ts'
import { runningStates } from './server-states.ts'
import { type Server, type ServerRow, toServer } from './servers.ts'

/** Returns servers that run, or are on their way, of users who are blocked or being removed: 100 at most. */
export async function serversOfInactiveUsers(db: Database): Promise<Server[]> {
  // In this form, without which SQLite does not use the index of inactive users.
  const users = db('users').whereRaw("users.state <> 'active'").whereRaw("users.state <> 'spare'").select('id')
  const rows: ServerRow[] = await db('servers').whereIn('state', runningStates).whereIn('user', users).limit(100)
  return rows.map(toServer)
}

/** Returns ready servers with more than `most` ended seats of the owner in this run whose cookies may still exist. */
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
