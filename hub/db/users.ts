import { type Database, forUpdate, now, nowPlus, returnedRows, storable, type Transaction, tableOf } from './dialect.ts'
import { newId } from './ids.ts'
import { prepared } from './prepared.ts'

/** `temporary`: a random UUID of one browser. `learner`: an LMS's opaque id. `person`: a person with an account. */
export type UserKind = 'temporary' | 'learner' | 'person'

export interface User {
  id: string
  /** Part of the user's URLs. */
  name: string
  kind: UserKind
  authenticator: string
  subject: string
  displayName: string | undefined
  /** Only an active user gets in. A blocked one may become active again; one that is being removed may not. */
  state: 'active' | 'blocked' | 'deleting'
  /** Whether statistics leave the user out. */
  preview: boolean
  created: number
  lastLaunch: number
}

export interface NewUser {
  /** An id that is fixed already. Default: a new one. */
  id?: string
  name: string
  kind: UserKind
  authenticator: string
  subject: string
  displayName?: string | undefined
  preview?: boolean | undefined
}

/** The start of a subject that stands for the person whom an account still awaits. No authenticator's subject has it. */
export const awaitedPrefix = 'carrel:awaited:'

/**
 * Returns the user of (authenticator, subject). At first that is a new one, or the account of this name that awaits its
 * person. Undefined when the name is another user's.
 */
export async function ensureUser(db: Database, user: NewUser): Promise<User | undefined> {
  await db('users')
    .insert({
      id: user.id ?? newId(),
      name: user.name,
      kind: user.kind,
      authenticator: user.authenticator,
      subject: user.subject,
      display_name: user.displayName === undefined ? null : storable(user.displayName, 255),
      state: 'active',
      preview: user.preview ?? false,
      created: now(db),
      last_launch: now(db),
    })
    .onConflict()
    .ignore()
  return (await findIdentity(db, user)) ?? (await takeAwaited(db, user))
}

async function findIdentity(db: Database, { authenticator, subject }: NewUser): Promise<User | undefined> {
  const row = await db('users').where({ authenticator, subject }).first()
  return row && toUser(row)
}

/** Gives the account of this name to the first person whom the awaited authenticator identifies by it. */
async function takeAwaited(db: Database, user: NewUser): Promise<User | undefined> {
  const { name, kind, authenticator, subject, displayName } = user
  const [row] = await db('users')
    .where({ name, kind, authenticator, subject: awaitedPrefix + name })
    .update({ subject, display_name: displayName === undefined ? null : storable(displayName, 255) })
    .returning('*')
  return row && toUser(row)
}

/**
 * Makes an account for each name that no account has yet, in one statement, and returns the new ones in the order of
 * the names. Each awaits a person of that name whom the authenticator identifies.
 */
export async function addAwaitedUsers(db: Database, names: string[], authenticator: string): Promise<User[]> {
  const wanted = names.map((name) => ({ id: newId(), name }))
  const made = await returnedRows<UserRow>(
    db,
    `insert into users (id, name, kind, authenticator, subject, state, preview, created, last_launch)
     select id, name, 'person', ?, ? || name, 'active', false, ?, ? from ? where true
     on conflict do nothing returning *`,
    [authenticator, awaitedPrefix, now(db), now(db), tableOf(db, ['id', 'name'], wanted)],
  )
  const byName = new Map(made.map((row) => [row.name, row]))
  return names.flatMap((name) => {
    const row = byName.get(name)
    return row === undefined ? [] : [toUser(row)]
  })
}

const userById = prepared<[id: string], UserRow | undefined>((db, id) => db('users').where({ id }).first())

export async function findUser(db: Database, id: string): Promise<User | undefined> {
  const row = await userById(db, id)
  return row && toUser(row)
}

export async function findUsers(db: Database, ids: string[]): Promise<User[]> {
  return (await db('users').whereIn('id', ids)).map(toUser)
}

export async function isKnown(db: Database, authenticator: string, subject: string): Promise<boolean> {
  return (await db('users').where({ authenticator, subject }).first('id')) !== undefined
}

const userByName = prepared<[name: string], UserRow | undefined>((db, name) => db('users').where({ name }).first())

export async function findUserByName(db: Database, name: string): Promise<User | undefined> {
  const row = await userByName(db, name)
  return row && toUser(row)
}

/** Holds the user's row until the transaction ends, so that a launch and a removal cannot pass each other. */
export async function lockUser(trx: Transaction, id: string): Promise<User | undefined> {
  const row = await forUpdate(trx, trx('users').where({ id }).first())
  return row && toUser(row)
}

const userTouched = prepared<[id: string], UserRow[]>((db, id) =>
  db('users')
    .where({ id })
    .update({ last_launch: now(db) })
    .returning('*'),
)

/** Notes a launch of the user's now, and holds the user's row like `lockUser`. */
export async function touchUser(trx: Transaction, id: string): Promise<User | undefined> {
  const [row] = await userTouched(trx, id)
  return row && toUser(row)
}

export async function setUserState(trx: Transaction, id: string, state: User['state']): Promise<void> {
  await trx('users').where({ id }).update({ state })
}

export async function deleteUser(trx: Transaction, id: string): Promise<void> {
  await trx('users').where({ id }).delete()
}

export async function usersBeingRemoved(db: Database): Promise<User[]> {
  // The first condition is the index's, word for word.
  return (await db('users').whereRaw("state <> 'active'").where({ state: 'deleting' }).limit(100)).map(toUser)
}

const usersInAll = prepared<[], [{ count: number }]>((db) => db('users').count({ count: '*' }))

export async function countUsers(db: Database): Promise<number> {
  return (await usersInAll(db))[0].count
}

/** Returns how many users have opened something in the last so many milliseconds. */
export async function countActiveUsers(db: Database, milliseconds: number): Promise<number> {
  const [row] = await db('users').where('last_launch', '>', nowPlus(db, -milliseconds)).count({ count: '*' })
  return Number(row?.count)
}

export async function listUsers(db: Database, page: { offset: number; limit: number }): Promise<User[]> {
  return (await db('users').orderBy('id').offset(page.offset).limit(page.limit)).map(toUser)
}

/** Returns one page of the users with `search` in their name or display name, in the order of names. */
export async function searchUsers(
  db: Database,
  { search, offset, limit }: { search: string; offset: number; limit: number },
): Promise<{ total: number; users: User[] }> {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const found = () =>
    db('users').where((row) =>
      row
        .whereRaw("lower(name) like ? escape '\\'", [pattern])
        .orWhereRaw("lower(display_name) like ? escape '\\'", [pattern]),
    )
  const [row] = await found().count({ count: '*' })
  return { total: Number(row?.count), users: (await found().orderBy('name').offset(offset).limit(limit)).map(toUser) }
}

export interface UserRow {
  id: string
  name: string
  kind: UserKind
  authenticator: string
  subject: string
  display_name: string | null
  state: User['state']
  preview: boolean | number
  created: number
  last_launch: number
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    authenticator: row.authenticator,
    subject: row.subject,
    displayName: row.display_name ?? undefined,
    state: row.state,
    preview: Boolean(row.preview),
    created: row.created,
    lastLaunch: row.last_launch,
  }
}
