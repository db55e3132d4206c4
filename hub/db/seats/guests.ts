import { type Database, forUpdate, now, type Transaction } from '../dialect.ts'
import { listsOf } from '../lists.ts'
import { moveRevision } from '../servers/server-moves.ts'
import type { Server } from '../servers/servers.ts'
import type { User } from '../users.ts'
import { deleteLaunchesAt } from './launches.ts'
import { endSeatsAt } from './seats.ts'
import { deleteTicketsAt } from './tickets.ts'

/** Why somebody may sit at a server that is not their own. */
export type GuestRole = 'staff' | 'share'

/** A guest with what decides whether they still may be one. */
export interface Guest {
  server: string
  role: GuestRole
  user: Pick<User, 'id' | 'name' | 'kind' | 'state'>
  owner: string
  course: string
}

/** Ids of those who may sit at a server beside its owner. */
export async function guestsOf(db: Database, server: string): Promise<string[]> {
  return (await guestsOfEach(db, [server])).get(server) ?? []
}

/** The same for each of many servers. */
export async function guestsOfEach(db: Database, servers: string[]): Promise<Map<string, string[]>> {
  const rows: { server: string; user: string }[] = await db('guests')
    .whereIn('server', servers)
    .orderBy('user')
    .select('server', 'user')
  return listsOf(rows.map(({ server, user }) => [server, user]))
}

/** All guests, those of one server, or one user wherever a guest. */
export async function listGuests(db: Database, of: { server?: string; user?: string }): Promise<Guest[]> {
  const query = db('guests')
    .join('users', 'users.id', 'guests.user')
    .join('servers', 'servers.id', 'guests.server')
    .select('guests.server', 'guests.role', 'users.id', 'users.name', 'users.kind', 'users.state', 'servers.course')
    .select({ owner: 'servers.user' })
  if (of.server !== undefined) query.where('guests.server', of.server)
  if (of.user !== undefined) query.where('guests.user', of.user)
  const rows: (Guest['user'] & Omit<Guest, 'user'>)[] = await query
  return rows.map(({ server, role, owner, course, id, name, kind, state }) => {
    return { server, role, owner, course, user: { id, name, kind, state } }
  })
}

export async function addGuest(
  trx: Transaction,
  guest: { server: string; user: string; role: GuestRole },
): Promise<void> {
  await trx('guests')
    .insert({ ...guest, created: now(trx) })
    .onConflict(['server', 'user'])
    .merge(['role'])
}

/** Whether the user is a guest there; it stays so until the transaction ends. */
export async function holdGuest(trx: Transaction, server: string, user: string): Promise<boolean> {
  return (await forUpdate(trx, trx('guests').where({ server, user }).first('user'))) !== undefined
}

/** Ends guests with their ways in and their seats. The server, where its route must be written again. */
export async function endGuests(trx: Transaction, server: string, users: string[]): Promise<Server | undefined> {
  await deleteLaunchesAt(trx, server, users)
  // Before the guests and their seats: a ticket that is being redeemed now is waited for, and its seat found below.
  await deleteTicketsAt(trx, server, users)
  await trx('guests').where({ server }).whereIn('user', users).delete()
  // Somebody who becomes a guest again does not get the old seat back.
  await endSeatsAt(trx, server, users)
  return moveRevision(trx, server)
}

/** A new run begins without guests: nobody has a seat there yet. */
export async function forgetGuests(trx: Transaction, server: string): Promise<void> {
  await trx('guests').where({ server }).delete()
}
