import type { Knex } from 'knex'
import { seatMilliseconds } from '../../../seats/seat.ts'
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { newId } from '../ids.ts'
import { deleteInParts } from '../in-parts.ts'
import { listsOf } from '../lists.ts'
import { prepared } from '../prepared.ts'
import { deleteSessions } from '../sessions.ts'
import { deleteLaunches } from './launches.ts'
import { deleteTickets } from './tickets.ts'

/**
 * Returns the seat of a session at a run, and makes it at the first entry. Each entry of the session gets this one
 * seat: ten frames of one page overwrite each other's cookie, and the cookie that is left must be right for all.
 * Stored, so that signing out can end it.
 */
export async function addSeat(
  db: Database,
  seat: { session: string; user: string; server: string; run: number },
): Promise<{ id: string; issued: number }> {
  const { session, user, server, run } = seat
  const [row] = await seatOf(db, newId(), session, user, server, run)
  if (row === undefined) throw new Error('The database gave no seat.')
  return { id: row.id, issued: row.expires - seatMilliseconds }
}

const seatOf = prepared<
  [id: string, session: string, user: string, server: string, run: number],
  { id: string; expires: number }[]
>((db, id, session, user, server, run) =>
  db('seats')
    .insert({ id, session, user, server, run, ended: false, expires: nowPlus(db, seatMilliseconds) })
    .onConflict(db.raw('(session, server, run) where not ended'))
    .merge(['expires'])
    .returning(['id', 'expires']),
)

/** Returns the id of the seat that a session has at a run, if it has one that has not ended. Proxies know when it expires. */
export async function seatAt(
  db: Database,
  { session, server, run }: { session: string; server: string; run: number },
): Promise<string | undefined> {
  return (await livingAt(db, session, server, run))?.id
}

const livingAt = prepared<[session: string, server: string, run: number], { id: string } | undefined>(
  (db, session, server, run) => db('seats').where({ session, server, run, ended: false }).first('id'),
)

/** Returns the seat of a token at a run. Writes nothing while that is good for hours, since a token comes all day. */
export async function keepSeat(
  db: Database,
  seat: Parameters<typeof addSeat>[1],
  since: number,
): Promise<{ id: string; issued: number; isNew: boolean }> {
  const { session, server, run } = seat
  const kept: { id: string; expires: number } | undefined = await db('seats')
    .where({ session, server, run, ended: false })
    .where('expires', '>', nowPlus(db, seatMilliseconds / 2))
    .where('expires', '>=', since + seatMilliseconds)
    .first('id', 'expires')
  if (kept !== undefined) return { id: kept.id, issued: kept.expires - seatMilliseconds, isNew: false }
  return { ...(await addSeat(db, seat)), isNew: true }
}

/** Returns whether this seat of the user's at a run has been given and has not ended. Proxies know when it expires. */
export async function isLivingSeat(
  db: Database,
  { id, server, run, user }: { id: string; server: string; run: number; user: string },
): Promise<boolean> {
  return (await db('seats').where({ id, server, run, user, ended: false }).first('id')) !== undefined
}

/** Counts the seats of guests at a run, ended or not: all of them, and this user's but the session's present one. */
export async function countGuestSeats(
  db: Database,
  { id: server, run, user: owner }: { id: string; run: number; user: string },
  { user, session }: { user: string; session: string },
): Promise<{ all: number; own: number }> {
  const taken = db('seats').where({ server, run }).whereNot({ user: owner })
  const own = taken
    .clone()
    .where({ user })
    .whereNot((present) => present.where({ session, ended: false }))
  const [[all], [others]] = await Promise.all([taken.count({ count: '*' }), own.count({ count: '*' })])
  return { all: Number(all?.count), own: Number(others?.count) }
}

/** Whose seats end: those of one session, or all of one user. */
export type SeatHolder = { session: string } | { user: string }

/**
 * Ends a session or all sessions of a user, with their launches and tickets, and marks their seats as ended. Returns
 * the ids of the servers whose routes must be written again.
 */
export async function endSeats(trx: Transaction, holder: SeatHolder): Promise<string[]> {
  // Sessions go first. A request that is under way may still make a ticket, which then belongs to no session. A ticket
  // that is being redeemed now holds its session until then, so that its seat is found below.
  await deleteSessions(trx, holder)
  await deleteLaunches(trx, holder)
  await deleteTickets(trx, holder)
  return markEnded(trx, trx('seats').where(holder))
}

/** Ends the seats of these users at a server. Delete their launches and tickets before, or those make new seats. */
export async function endSeatsAt(trx: Transaction, server: string, users: string[]): Promise<void> {
  await markEnded(trx, trx('seats').where({ server }).whereIn('user', users))
}

/** Marks these seats as ended for as long as a cookie of them may exist, and returns the ids of their servers. */
async function markEnded(trx: Transaction, seats: Knex.QueryBuilder): Promise<string[]> {
  const rows: { server: string }[] = await seats
    .where({ ended: false })
    // A proxy may have renewed the cookie until now, and a renewed cookie is good for this long.
    .update({ ended: true, expires: nowPlus(trx, seatMilliseconds) })
    .returning('server')
  return [...new Set(rows.map((row) => row.server))]
}

/** Returns, for each server, the ended seats of its present run whose cookies may still exist. */
export async function endedSeats(db: Database, servers: { id: string; run: number }[]): Promise<Map<string, string[]>> {
  const [one, ...others] = servers
  if (one !== undefined && others.length === 0)
    return listsOf((await endedAt(db, one.id, one.run)).map(({ id }) => [one.id, id]))
  const runs = new Map(servers.map(({ id, run }) => [id, run]))
  const rows: { server: string; run: number; id: string }[] = await ended(db)
    .whereIn('server', [...runs.keys()])
    .orderBy('id')
    .select('server', 'run', 'id')
  return listsOf(rows.filter(({ server, run }) => runs.get(server) === run).map(({ server, id }) => [server, id]))
}

// In this form, without which SQLite does not use the index of ended seats.
const ended = (db: Database) => db('seats').whereRaw('ended').where('expires', '>', now(db))

const endedAt = prepared<[server: string, run: number], { id: string }[]>((db, server, run) =>
  ended(db).where({ server, run }).orderBy('id').select('id'),
)

/** Removes expired seats, except living ones of a present run: proxies renew cookies, and connections stay open. */
export async function expireSeats(db: Database): Promise<void> {
  await deleteInParts(db, 'seats', 'id', (seats) => {
    const runs = db('servers').whereRaw('servers.id = seats.server and servers.run = seats.run')
    return seats
      .where('expires', '<', now(db))
      .where((seat) => seat.where({ ended: true }).orWhereNotExists(runs.where({ state: 'ready' })))
  })
}

/** Returns how many seats there are that have neither ended nor expired. */
export async function countSeats(db: Database): Promise<number> {
  const [row] = await db('seats').where({ ended: false }).where('expires', '>', now(db)).count({ count: '*' })
  return Number(row?.count)
}
