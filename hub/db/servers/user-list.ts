import { type Database, storable } from '../dialect.ts'
import { toUser, type User, type UserRow } from '../users.ts'
import type { ServerState } from './server-states.ts'

/** `active`: has a server that is not at rest; `ready`: has a ready one; `inactive`: has none but servers at rest. */
export const userStates = ['active', 'ready', 'inactive'] as const
export const userOrders = ['id', '-id', 'name', '-name', 'last_activity', '-last_activity'] as const

export interface UserFilter {
  /** Undefined for users with servers in any state. */
  state?: (typeof userStates)[number] | undefined
  /** Part of the name, in any case; '' for all. */
  name: string
}

export interface UserPage {
  order: (typeof userOrders)[number]
  offset: number
  limit: number
}

/** Returns one page of the users whom the filter lets through. */
export async function listUsers(db: Database, filter: UserFilter, { order, offset, limit }: UserPage): Promise<User[]> {
  const direction = order.startsWith('-') ? 'desc' : 'asc'
  const rows: UserRow[] = await matching(db, filter)
    .orderBy(columns[order.replace('-', '')] ?? 'users.id', direction)
    .orderBy('users.id', direction)
    .offset(offset)
    .limit(limit)
    .select('users.*')
  return rows.map(toUser)
}

export async function countListed(db: Database, filter: UserFilter): Promise<number> {
  const [counted] = await matching(db, filter).count({ count: '*' })
  return Number(counted?.count)
}

const columns: Record<string, string> = { id: 'users.id', name: 'users.name', last_activity: 'users.last_launch' }

function matching(db: Database, { state, name }: UserFilter) {
  const query = db('users').whereRaw("users.state <> 'spare'")
  if (name !== '') query.whereRaw("lower(users.name) like ? escape '\\'", [`%${literally(name)}%`])
  if (state === 'ready') query.whereExists(serversIn(db, ['ready']))
  if (state === 'active') query.whereExists(serversIn(db, notAtRest))
  if (state === 'inactive') query.whereNotExists(serversIn(db, notAtRest))
  return query
}

const notAtRest: readonly ServerState[] = ['queued', 'starting', 'ready', 'stopping']

function serversIn(db: Database, states: readonly ServerState[]) {
  return db('servers').whereRaw('?? = ??', ['servers.user', 'users.id']).whereIn('servers.state', states)
}

/** Returns the text in lower case, with what `like` reads as a pattern taken literally. */
function literally(text: string): string {
  return storable(text, 400)
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
}
