import type { Knex } from 'knex'
import { type Database, isOneOf, listsHave } from '../../dialect.ts'
import { chosenPrefix, toUser, type User, type UserRow } from '../../users.ts'
import { restStates } from '../server-states.ts'

/** The orders of a list of users: a minus before a word has the last ones first. */
export const userSorts = ['name', '-name', 'seen', '-seen'] as const
export type UserSort = (typeof userSorts)[number]

const orders: Record<UserSort, string> = {
  name: 'name, id',
  '-name': 'name desc, id',
  seen: 'last_active, id',
  '-seen': 'last_active desc, id',
}

/** The last activity that is known of any server of the user's; the last launch where that was later, or where there is none. */
const lastActive = `(select coalesce(max(case when activity.last_activity > users.last_launch then activity.last_activity end), users.last_launch)
  from servers join activity on activity.server = servers.id where servers."user" = users.id)`

export interface SiteUser extends User {
  /** When the user was last at work, by the database's clock. */
  lastActive: number
}

/** Who is in a group: persons of these authenticators whom the config names, or of whom one of the sources says it. */
export interface GroupMembers {
  group: string
  names: string[]
  sources: string[]
  authenticators: string[]
}

export interface SiteUserFilter {
  /** Part of the name or the display name, in any case; '' for all. */
  search: string
  kind?: User['kind'] | undefined
  authenticator?: string | undefined
  state?: User['state'] | undefined
  /** Whether the users have servers that are not at rest. */
  running?: boolean | undefined
  group?: GroupMembers | undefined
}

export interface SiteUserRange {
  sort: UserSort
  offset: number
  limit: number
}

/** Returns one page of the users whom the filter lets through. */
export async function listSiteUsers(
  db: Database,
  filter: SiteUserFilter,
  { sort, offset, limit }: SiteUserRange,
): Promise<SiteUser[]> {
  const rows: (UserRow & { last_active: number })[] = await matching(db, filter)
    .select('users.*', db.raw(`${lastActive} as last_active`))
    .orderByRaw(orders[sort])
    .offset(offset)
    .limit(limit)
  return rows.map((row) => ({ ...toUser(row), lastActive: Number(row.last_active) }))
}

export async function countSiteUsers(db: Database, filter: SiteUserFilter): Promise<number> {
  const [counted] = await matching(db, filter).count({ count: '*' })
  return Number(counted?.count)
}

function matching(db: Database, { search, kind, authenticator, state, running, group }: SiteUserFilter) {
  const query = db('users').whereRaw("users.state <> 'spare'")
  calledLike(query, search)
  if (kind !== undefined) query.where({ kind })
  if (authenticator !== undefined) query.where({ authenticator })
  if (state !== undefined) query.where('users.state', state)
  const going = () => db('servers').whereRaw('servers."user" = users.id').whereNotIn('servers.state', restStates)
  if (running === true) query.whereExists(going())
  if (running === false) query.whereNotExists(going())
  if (group !== undefined) onlyMembers(db, query, group)
  return query
}

/** Limits a query of users to those whose name, as admins know it, contains this text, in any case. */
export function calledLike(query: Knex.QueryBuilder, text: string): Knex.QueryBuilder {
  if (text === '') return query
  const like = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return query.whereRaw("(lower(users.name) like ? escape '\\' or lower(users.display_name) like ? escape '\\')", [
    like,
    like,
  ])
}

function onlyMembers(
  db: Database,
  query: ReturnType<Database>,
  { group, names, sources, authenticators }: GroupMembers,
): void {
  query
    .where({ kind: 'person' })
    .where(isOneOf(db, 'authenticator', JSON.stringify(authenticators)))
    .whereNot('subject', 'like', `${chosenPrefix}%`)
    .where((row) => {
      row.where(isOneOf(db, 'users.name', JSON.stringify(names)))
      for (const source of sources) row.orWhere(listsHave(db, 'group_lists', source, group))
    })
}
