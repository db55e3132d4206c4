import type { Knex } from 'knex'
import { languages } from '../../words/language.ts'
import { say } from '../../words/text.ts'
import {
  type Database,
  forUpdate,
  isOneOf,
  now,
  nowPlus,
  returnedRows,
  storable,
  type Transaction,
  tableOf,
} from './dialect.ts'
import { newId } from './ids.ts'
import { prepared } from './prepared.ts'

/** `temporary`: a random UUID of one browser. `learner`: an LMS's opaque id. `person`: a person with an account. */
export type UserKind = 'temporary' | 'learner' | 'person'

/** How many characters of its id stand for a learner of an LMS, whose name is not for all who see the learner's work. */
export const learnerCharacters = 6

/** What staff of a course may know of a user's name, in SQL and in lower case: a search for more would tell it. */
export const nameForStaff = `case when users.kind = 'learner' then 'learner ' || substr(users.id, 1, ${learnerCharacters}) else lower(users.name) end`

/** Limits a query that joins `users` to those whose name, as staff may know it, contains this text, in any case. */
export function namedLike<Query extends Knex.QueryBuilder>(query: Query, text: string): Query {
  if (text === '') return query
  const both = [likeForStaff(text), likeOf(text)]
  query.whereRaw(`(${nameForStaff} like ? escape '\\' or lower(users.display_name) like ? escape '\\')`, both)
  return query
}

/** Returns the pattern of SQL for what has a text in it, in lower case. */
export function likeOf(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
}

/** Returns the pattern for `nameForStaff`. A learner of an LMS is found by what pages of any language call her. */
export function likeForStaff(text: string): string {
  const typed = text.toLowerCase()
  const called = calledLearner.find((words) => typed.startsWith(words))
  return likeOf(called === undefined ? typed : `learner ${typed.slice(called.length)}`)
}

const calledLearner = languages.map((language) => say`Learner ${''}`.plain(language).toLowerCase())

export interface User {
  id: string
  /** Part of the user's URLs. */
  name: string
  kind: UserKind
  authenticator: string
  subject: string
  displayName: string | undefined
  /**
   * Only an active user gets in. A blocked one may become active again; one that is being removed may not. A `spare` is no
   * user yet: it has the server that runs until somebody comes, and no list of users has it.
   */
  state: 'active' | 'blocked' | 'deleting' | 'spare'
  /** Whether statistics leave the user out. */
  preview: boolean
  created: number
  lastLaunch: number
  /** Groups by the source that has said them: the name of an authenticator. */
  groupLists: GroupLists
}

export type GroupLists = Record<string, string[]>

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

/** The start of the subject of every user who has chosen the own name, and of no other. */
export const chosenPrefix = 'chosen:'

/**
 * Returns the user of (authenticator, subject). At first that is a new one, or the account of this name that awaits its
 * person. Undefined when the name is another user's.
 */
export async function ensureUser(db: Database, user: NewUser): Promise<User | undefined> {
  const { name, kind, authenticator, subject, preview = false } = user
  const displayName = user.displayName === undefined ? null : storable(user.displayName, 255)
  const [made] = await newUser(db, user.id ?? newId(), name, kind, authenticator, subject, displayName, preview)
  const row = made ?? (await userOfIdentity(db, authenticator, subject))
  return row === undefined ? takeAwaited(db, user) : toUser(row)
}

const newUser = prepared<
  [
    ...[id: string, name: string, kind: UserKind, authenticator: string, subject: string],
    ...[displayName: string | null, preview: boolean],
  ],
  UserRow[]
>((db, id, name, kind, authenticator, subject, displayName, preview) =>
  db('users')
    .insert({
      ...{ id, name, kind, authenticator, subject, display_name: displayName, state: 'active', preview },
      ...{ created: now(db), last_launch: now(db) },
    })
    .onConflict()
    .ignore()
    .returning('*'),
)

const userOfIdentity = prepared<[authenticator: string, subject: string], UserRow | undefined>(
  (db, authenticator, subject) => db('users').where({ authenticator, subject }).first(),
)

/** Gives the account of this name to the first person whom the awaited authenticator identifies by it. */
async function takeAwaited(db: Database, user: NewUser): Promise<User | undefined> {
  const { name, kind, authenticator, subject, displayName } = user
  const [row] = await db('users')
    .where({ name, kind, authenticator, subject: awaitedPrefix + name })
    .update({ subject, ...(displayName !== undefined && { display_name: storable(displayName, 255) }) })
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

/** Leaves out spares, which no one can name. */
const notSpare = "users.state <> 'spare'"

const userByName = prepared<[name: string], UserRow | undefined>((db, name) =>
  db('users').where({ name }).whereRaw(notSpare).first(),
)

export async function findUserByName(db: Database, name: string): Promise<User | undefined> {
  const row = await userByName(db, name)
  return row && toUser(row)
}

export async function findUsersByName(db: Database, names: string[]): Promise<User[]> {
  const found = db('users')
    .where(isOneOf(db, 'name', JSON.stringify(names)))
    .whereRaw(notSpare)
  return (await found).map(toUser)
}

/** Holds the user's row until the transaction ends, so that a launch and a removal cannot pass each other. */
export async function lockUser(trx: Transaction, id: string): Promise<User | undefined> {
  const row = await userLocked(trx, id)
  return row && toUser(row)
}

const userLocked = prepared<[id: string], UserRow | undefined>((db, id) =>
  forUpdate(db, db('users').where({ id }).first()),
)

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

/** Holds the rows of users until the transaction ends, in one order for all, and returns the users. */
export async function lockUsers(trx: Transaction, ids: string[]): Promise<User[]> {
  const rows = trx('users')
    .where(isOneOf(trx, 'id', JSON.stringify(ids)))
    .orderBy('id')
  return (await forUpdate(trx, rows)).map(toUser)
}

/** Gives users the names that pages show of them, which stay until an authenticator says others. */
export async function setDisplayNames(trx: Transaction, named: { user: string; displayName: string }[]): Promise<void> {
  const rows = named.map(({ user, displayName }) => ({ made_id: user, shown: storable(displayName, 255) }))
  if (rows.length === 0) return
  const table = tableOf(trx, ['made_id', 'shown'], rows)
  await trx.raw('update users set display_name = shown from ? where id = made_id', [table])
}

export async function setUserState(trx: Transaction, id: string, state: User['state']): Promise<void> {
  await trx('users').where({ id }).update({ state })
}

/** Replaces the groups that this source has said of a user, and leaves those of other sources. The user's row must be held. */
export async function setGroups(trx: Transaction, user: User, source: string, groups: string[]): Promise<User> {
  await setGroupsOfEach(trx, source, [{ user, groups }])
  return { ...user, groupLists: withGroups(user, source, groups) }
}

/** Does the same as `setGroups` for many users, in one statement. */
export async function setGroupsOfEach(
  trx: Transaction,
  source: string,
  each: { user: User; groups: string[] }[],
): Promise<void> {
  const rows = each.map(({ user, groups }) => ({
    made_id: user.id,
    lists: JSON.stringify(withGroups(user, source, groups)),
  }))
  const table = tableOf(trx, ['made_id', 'lists'], rows)
  await trx.raw('update users set group_lists = lists from ? where id = made_id', [table])
}

function withGroups({ groupLists }: User, source: string, groups: string[]): User['groupLists'] {
  const { [source]: _, ...others } = groupLists
  return groups.length === 0 ? others : { ...others, [source]: groups }
}

export async function deleteUser(trx: Transaction, id: string): Promise<void> {
  await trx('users').where({ id }).delete()
}

export async function usersBeingRemoved(db: Database): Promise<User[]> {
  // The first condition is the index's, word for word.
  return (await db('users').whereRaw("state <> 'active'").where({ state: 'deleting' }).limit(100)).map(toUser)
}

const usersInAll = prepared<[], [{ count: number }]>((db) => db('users').whereRaw(notSpare).count({ count: '*' }))

export async function countUsers(db: Database): Promise<number> {
  return (await usersInAll(db))[0].count
}

/** Returns how many users have opened something in the last so many milliseconds. */
export async function countActiveUsers(db: Database, milliseconds: number): Promise<number> {
  const active = db('users').where('last_launch', '>', nowPlus(db, -milliseconds))
  const [row] = await active.whereRaw(notSpare).count({ count: '*' })
  return Number(row?.count)
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
  group_lists: string
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
    groupLists: readGroupLists(row.group_lists),
  }
}

/** Returns the groups that this source has said of a user. Any word may be the source's name, also `constructor`. */
export function groupsSaidBy({ groupLists }: Pick<User, 'groupLists'>, source: string): string[] {
  return (Object.hasOwn(groupLists, source) ? groupLists[source] : undefined) ?? []
}

/** Reads the column of that name. */
export function readGroupLists(text: string): GroupLists {
  return JSON.parse(text) as GroupLists
}
