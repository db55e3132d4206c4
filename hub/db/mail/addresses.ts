/** Mail addresses of persons, and what became of the mail that each of them gets: the one with a first-use link. */
import { type Database, isOneOf, now, nowPlus, returnedRows, storable, type Transaction, tableOf } from '../dialect.ts'
import { type DueTable, heldByDead, takeDue } from '../due.ts'

/**
 * `none`: no mail was asked for. `waiting`: it will be sent when it is due. `sending`: a hub sends it, and the server has
 * not got its end. `handed`: the server may have taken it. `sent`: it has. `failed`: it never will. `unsure`: it was
 * handed over and there was no answer, so that another try could be a second mail.
 */
export type MailState = 'none' | 'waiting' | 'sending' | 'handed' | 'sent' | 'failed' | 'unsure'

export interface MailAddress {
  /** The id of the user. */
  user: string
  email: string
  mail: MailState
  tries: number
  /** Why the last try failed. */
  reason: string | undefined
  changed: number
}

/** Gives users their addresses, but for users who have one and addresses that have a user. Returns how many it gave. */
export async function addAddresses(trx: Transaction, given: { user: string; email: string }[]): Promise<number> {
  if (given.length === 0) return 0
  const made = await returnedRows<{ user: string }>(
    trx,
    `insert into addresses ("user", email, mail, tries, changed)
     select "user", email, 'none', 0, ? from ? where true on conflict do nothing returning "user"`,
    [now(trx), tableOf(trx, ['user', 'email'], given)],
  )
  return made.length
}

export async function addressesOf(db: Database, users: string[]): Promise<MailAddress[]> {
  return (await db('addresses').where(isOneOf(db, 'user', JSON.stringify(users)))).map(toAddress)
}

export async function findAddresses(db: Database, emails: string[]): Promise<MailAddress[]> {
  return (await db('addresses').where(isOneOf(db, 'email', JSON.stringify(emails)))).map(toAddress)
}

/**
 * Asks for a mail to each of these users. Returns for how many it was: not for those whose mail is on its way, and not
 * for those who got one, or may have got one, in the last so many seconds, in which its link is good.
 */
export async function askForMails(trx: Transaction, users: string[], linkSeconds: number): Promise<number> {
  return trx('addresses')
    .where(isOneOf(trx, 'user', JSON.stringify(users)))
    .where((query) =>
      query
        .whereIn('mail', ['none', 'failed'])
        .orWhere((past) =>
          past.whereIn('mail', ['sent', 'unsure']).where('changed', '<', nowPlus(trx, -linkSeconds * 1000)),
        ),
    )
    .update({ mail: 'waiting', tries: 0, due: now(trx), holder: null, reason: null, changed: now(trx) })
}

/** Asks again for all mails that failed. Returns how many. Those of which it is not known stay, unless they are meant. */
export async function retryMails(trx: Transaction, states: ('failed' | 'unsure')[]): Promise<number> {
  return trx('addresses')
    .whereIn('mail', states)
    .update({ mail: 'waiting', tries: 0, due: now(trx), holder: null, reason: null, changed: now(trx) })
}

const due: DueTable = { table: 'addresses', key: 'user', waiting: { mail: 'waiting' } }

/** Takes the mail that has been due for longest, for this hub to send. Undefined when none is due. */
export async function takeMail(db: Database, holder: string): Promise<MailAddress | undefined> {
  const row = await takeDue<Row>(db, due, { mail: 'sending', holder, changed: now(db) })
  return row && toAddress(row)
}

/**
 * Notes that the server is about to get the end of a mail. Throws when this hub may not send it any more: its user is
 * gone, or another hub took it for a dead hub's.
 */
export async function noteHanded(db: Database, user: string, holder: string): Promise<void> {
  const noted = await db('addresses')
    .where({ user, holder, mail: 'sending' })
    .update({ mail: 'handed', changed: now(db) })
  if (noted === 0) throw new Error('The mail is no longer this hub’s to send.')
}

/** Puts a mail back of which nothing was tried, for so many milliseconds: it is not to blame. */
export async function putBack(
  db: Database,
  { user, holder }: { user: string; holder: string },
  { reason, later }: { reason: string; later: number },
): Promise<void> {
  await db('addresses')
    .where({ user, holder, mail: 'sending' })
    .update({
      ...{ mail: 'waiting', holder: null, tries: db.raw('tries - 1'), due: nowPlus(db, later), changed: now(db) },
      reason: storable(reason, 300),
    })
}

/** Notes what became of a mail. `later` is in how many milliseconds it is tried again, where it is. */
export async function settleMail(
  db: Database,
  { user, holder }: { user: string; holder: string },
  result: { mail: 'sent' | 'failed' | 'unsure'; reason?: string } | { mail: 'waiting'; reason: string; later: number },
): Promise<void> {
  await db('addresses')
    .where({ user, holder })
    .whereIn('mail', ['sending', 'handed'])
    .update({
      mail: result.mail,
      holder: null,
      due: result.mail === 'waiting' ? nowPlus(db, result.later) : null,
      reason: result.reason === undefined ? null : storable(result.reason, 300),
      changed: now(db),
    })
}

/**
 * Frees the mails that dead hubs had in hand, and those that this hub still seems to have: one that the server cannot
 * have taken is sent again, one that it may have taken is not. Returns how many of each.
 */
export async function freeMails(db: Database, own: string): Promise<{ again: number; unsure: number }> {
  const ofDead = () =>
    db('addresses').whereIn('user', heldByDead(db, 'addresses').orWhere({ holder: own }).select('user'))
  const free = { holder: null, changed: now(db) }
  const again = await ofDead()
    .where({ mail: 'sending' })
    .update({ ...free, mail: 'waiting', due: now(db) })
  const unsure = await ofDead()
    .where({ mail: 'handed' })
    .update({ ...free, mail: 'unsure', reason: 'The hub ended before the mail server had answered.' })
  return { again, unsure }
}

/** Returns how many mails are in each state. */
export async function countMails(db: Database): Promise<Partial<Record<MailState, number>>> {
  const rows: { mail: MailState; count: number | string }[] = await db('addresses')
    .groupBy('mail')
    .select('mail')
    .count({ count: '*' })
  return Object.fromEntries(rows.map(({ mail, count }) => [mail, Number(count)]))
}

/** Returns the mails that did not go out at a try, oldest first, for people to look at. */
export async function mailsToMend(db: Database, limit: number): Promise<MailAddress[]> {
  const rows: Row[] = await db('addresses')
    .whereIn('mail', ['failed', 'unsure', 'waiting'])
    .whereNotNull('reason')
    .orderBy('changed')
    .limit(limit)
  return rows.map(toAddress)
}

interface Row extends Omit<MailAddress, 'reason'> {
  reason: string | null
}

function toAddress({ user, email, mail, tries, reason, changed }: Row): MailAddress {
  return { user, email, mail, tries, reason: reason ?? undefined, changed }
}
