import { type Database, forUpdate, isOneOf, now, type Transaction } from '../dialect.ts'
import { listsOf } from '../lists.ts'
import { prepared } from '../prepared.ts'
import { moveRevision } from '../servers/server-moves.ts'
import type { Server } from '../servers/servers.ts'
import { readGroupLists, type User } from '../users.ts'
import { deleteLaunchesAt } from './launches.ts'
import { endSeatsAt } from './seats.ts'
import { deleteTicketsAt } from './tickets.ts'

/** Why a user may use a server that is not their own. */
export type GuestRole = 'staff' | 'share'

/** A guest, with all that decides whether the user still may be one. */
export interface Guest {
  server: string
  role: GuestRole
  user: Pick<User, 'id' | 'name' | 'kind' | 'state' | 'authenticator' | 'subject' | 'groupLists'>
  owner: string
  course: string
}

/** Returns the ids of a server's guests. */
export async function guestsOf(db: Database, server: string): Promise<string[]> {
  return (await guestsOfEach(db, [server])).get(server) ?? []
}

/** Returns the ids of the guests of each of these servers. */
export async function guestsOfEach(db: Database, servers: string[]): Promise<Map<string, string[]>> {
  const rows: { server: string; user: string }[] = await db('guests')
    .whereIn('server', servers)
    .orderBy('user')
    .select('server', 'user')
  return listsOf(rows.map(({ server, user }) => [server, user]))
}

/** Returns all guests, those of one server, or one user as a guest of any server. */
export async function listGuests(db: Database, of: { server?: string; user?: string }): Promise<Guest[]> {
  const query = db('guests')
    .join('users', 'users.id', 'guests.user')
    .join('servers', 'servers.id', 'guests.server')
    .select('guests.server', 'guests.role', 'users.id', 'users.name', 'users.kind', 'users.state')
    .select('users.authenticator', 'users.subject', 'servers.course', {
      owner: 'servers.user',
      lists: 'users.group_lists',
    })
  if (of.server !== undefined) query.where('guests.server', of.server)
  if (of.user !== undefined) query.where('guests.user', of.user)
  const rows: (Omit<Guest['user'], 'groupLists'> & Omit<Guest, 'user'> & { lists: string })[] = await query
  return rows.map(({ server, role, owner, course, lists, ...user }) => {
    return { server, role, owner, course, user: { ...user, groupLists: readGroupLists(lists) } }
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

/** Returns whether the user is a guest of the server, and keeps it so until the transaction ends. */
export async function holdGuest(trx: Transaction, server: string, user: string): Promise<boolean> {
  return (await forUpdate(trx, trx('guests').where({ server, user }).first('user'))) !== undefined
}

/** Ends guests, with their launches, tickets and seats. Returns the server when its route must be written again. */
export async function endGuests(trx: Transaction, server: string, users: string[]): Promise<Server | undefined> {
  await deleteLaunchesAt(trx, server, users)
  // Tickets go before the guests and their seats. A ticket that is being redeemed now holds its row until then, so that
  // its seat is found below.
  await deleteTicketsAt(trx, server, users)
  await trx('guests').where({ server }).whereIn('user', users).delete()
  // A user who becomes a guest again does not get the old seat back.
  await endSeatsAt(trx, server, users)
  return moveRevision(trx, server)
}

/** Deletes the guests of these servers. A new run begins without any, since no guest has a seat there yet. */
export async function forgetGuests(trx: Transaction, servers: string[]): Promise<void> {
  await forgotten(trx, JSON.stringify(servers))
}

const forgotten = prepared<[servers: string], number>((db, servers) =>
  db('guests')
    .where(isOneOf(db, 'server', servers))
    .delete(),
)
