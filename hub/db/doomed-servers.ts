/** Which servers may not go on, because of their user, their key or all the seats that have ended there. */
import { type Database, now, type Transaction } from './dialect.ts'
import { restStates, runningStates } from './server-states.ts'
import { type Server, type ServerRow, toServer } from './servers.ts'

export async function deleteServersOf(db: Database, user: string): Promise<void> {
  await db('servers').where({ user }).whereIn('state', restStates).delete()
}

/** No launch that waits for a stop starts one of the user's servers again. */
export async function dropRestarts(trx: Transaction, user: string): Promise<void> {
  await trx('servers').where({ user, state: 'stopping' }).update({ restart: false })
}

/** Servers that run, or are on their way, of users who may not have any. */
export async function trespassingServers(db: Database): Promise<Server[]> {
  const users = db('users').whereNot({ state: 'active' }).select('id')
  const rows: ServerRow[] = await db('servers').whereIn('state', runningStates).whereIn('user', users).limit(100)
  return rows.map(toServer)
}

/** Servers in whose present run more than `most` seats of their owners have ended whose cookies may still be about. */
export async function wornServers(db: Database, most: number): Promise<Server[]> {
  const worn = db('seats')
    .join('servers as seated', (on) =>
      on.on('seated.id', 'seats.server').andOn('seated.run', 'seats.run').andOn('seated.user', 'seats.user'),
    )
    .whereRaw('seats.ended')
    .where('seats.expires', '>', now(db))
    .groupBy('seats.server')
    .havingRaw('count(*) > ?', [most])
    .select('seats.server')
  const rows: ServerRow[] = await db('servers').where({ state: 'ready' }).whereIn('id', worn)
  return rows.map(toServer)
}

/** Everything that runs or is to run soon. */
export async function runningServers(db: Database): Promise<Server[]> {
  return (await db('servers').whereIn('state', runningStates)).map(toServer)
}
