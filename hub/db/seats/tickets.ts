import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { hashSecret, newSecret } from '../ids.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'

const ticketMilliseconds = 60_000

export interface Ticket {
  server: string
  run: number
  user: string
  session: string
  framed: boolean
  landing: string
}

/** Adds a ticket and returns its secret, which opens once and for 60 seconds. */
export async function addTicket(db: Database, ticket: Ticket): Promise<string> {
  const secret = newSecret()
  const { server, run, user, session, framed, landing } = ticket
  await added(db, hashSecret(secret), server, run, user, session, framed, landing)
  return secret
}

const added = prepared<
  [hash: string, server: string, run: number, user: string, session: string, framed: boolean, landing: string],
  unknown
>((db, hash, server, run, user, session, framed, landing) =>
  db('tickets').insert({
    ...{ hash, server, run, user, session, framed, landing },
    expires: nowPlus(db, ticketMilliseconds),
  }),
)

/** Returns the session that a ticket is for, without redeeming the ticket. */
export async function sessionOfTicket(db: Database, secret: string): Promise<string | undefined> {
  return (await sessionAt(db, hashSecret(secret)))?.session
}

const sessionAt = prepared<[hash: string], { session: string } | undefined>((db, hash) =>
  db('tickets').where({ hash }).first('session'),
)

/** Redeems a ticket. Returns its content to one caller only, whatever the number of proxies that ask. */
export async function redeemTicket(db: Database, secret: string): Promise<Ticket | undefined> {
  const hash = hashSecret(secret)
  const row = await living(db, hash)
  // Only the caller that deletes the row has redeemed the ticket; others may have read it too.
  if (row === undefined || (await removed(db, hash)) !== 1) return undefined
  const { server, run, user, session, landing } = row
  return { server, run, user, session, landing, framed: Boolean(row.framed) }
}

const living = prepared<[hash: string], Ticket | undefined>((db, hash) =>
  db('tickets').where({ hash }).where('expires', '>', now(db)).first(),
)

const removed = prepared<[hash: string], number>((db, hash) => db('tickets').where({ hash }).delete())

/** Deletes the tickets of a session or a user. */
export async function deleteTickets(trx: Transaction, of: { session: string } | { user: string }): Promise<void> {
  await trx('tickets').where(of).delete()
}

/** Deletes the tickets of these users at a server. Waits for a ticket that is being redeemed now. */
export async function deleteTicketsAt(trx: Transaction, server: string, users: string[]): Promise<void> {
  await trx('tickets').where({ server }).whereIn('user', users).delete()
}

export async function expireTickets(db: Database): Promise<void> {
  await deleteInParts(db, 'tickets', 'hash', (rows) => rows.where('expires', '<', now(db)))
}

/** Returns how many tickets can still be redeemed. */
export async function countTickets(db: Database): Promise<number> {
  const [row] = await db('tickets').where('expires', '>', now(db)).count({ count: '*' })
  return Number(row?.count)
}
