import type { Knex } from 'knex'
import { type Database, isOneOf, now } from '../../dialect.ts'
import { type ListState, statesOf } from '../course-servers.ts'
import { isAtRest } from '../server-states.ts'
import { type Server, type ServerRow, toServer } from '../servers.ts'
import { calledLike } from './site-users.ts'

/** A server as admins see it in a list. Ages are milliseconds by the database's clock. */
export interface SiteServer {
  server: Server
  /** Since the server is in its state. */
  age: number | undefined
  /** Since its start was asked for last. */
  asked: number | undefined
  activityAge: number | undefined
}

/** The orders of a list of servers of all courses: a minus before a word has the last ones first. */
export const siteServerSorts = [
  ...(['state', '-state', 'name', '-name', 'course', '-course'] as const),
  ...(['queued', '-queued', 'active', '-active'] as const),
] as const
export type SiteServerSort = (typeof siteServerSorts)[number]

/** The states in the order in which an admin looks at them: what went wrong, what is on its way, what runs. */
const byState =
  "case servers.state when 'failed' then 0 when 'queued' then 1 when 'starting' then 2 when 'stopping' then 3 when 'ready' then 4 else 5 end"
const latest = 'coalesce(servers.queued, 0) desc, servers.id'

// What was never queued or active comes first of all; without coalesce, the two databases sort null differently.
const orders: Record<SiteServerSort, string> = {
  state: `${byState}, ${latest}`,
  '-state': `${byState} desc, ${latest}`,
  name: 'users.name, servers.course, servers.id',
  '-name': 'users.name desc, servers.course, servers.id',
  course: `servers.course, ${latest}`,
  '-course': `servers.course desc, ${latest}`,
  queued: 'coalesce(servers.queued, 0), servers.id',
  '-queued': latest,
  active: 'coalesce(activity.last_activity, 0), servers.id',
  '-active': 'coalesce(activity.last_activity, 0) desc, servers.id',
}

export interface SiteListing {
  state: ListState
  /** Part of the owner's name or display name, in any case; '' for all. */
  search: string
  /** The ids of courses; undefined for all. */
  courses: string[] | undefined
  sort: SiteServerSort
  offset: number
  limit: number
}

/** Returns one page of the servers of all users, without spares, and how many there are in all. */
export async function listSiteServers(
  db: Database,
  { state, search, courses, sort, offset, limit }: SiteListing,
): Promise<{ total: number; servers: SiteServer[] }> {
  const matching = () => {
    const query = db('servers').whereRaw('not servers.spare').whereIn('servers.state', statesOf[state])
    if (courses !== undefined) query.where(isOneOf(db, 'servers.course', JSON.stringify(courses)))
    if (search === '') return query
    return query.whereIn('servers.user', calledLike(db('users'), search).select('id'))
  }
  const [counted] = await matching().count({ count: '*' })
  // The rows are wide, so only those of the page are read, after the order is known.
  const ids: string[] = await inOrder(matching(), sort).offset(offset).limit(limit).pluck('servers.id')
  const rows = await withActivity(db, db('servers').whereIn('servers.id', ids))
  const place = new Map(ids.map((id, at) => [id, at]))
  rows.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
  return { total: Number(counted?.count), servers: rows.map(toSiteServer) }
}

function inOrder(servers: Knex.QueryBuilder, sort: SiteServerSort): Knex.QueryBuilder {
  const query = servers.orderByRaw(orders[sort])
  if (sort.endsWith('name')) return query.join('users', 'users.id', 'servers.user')
  return sort.endsWith('active') ? joinActivity(query) : query
}

/** Returns the servers of these users, those first that went wrong. */
export async function siteServersOf(db: Database, users: string[]): Promise<SiteServer[]> {
  const own = db('servers')
    .where(isOneOf(db, 'servers.user', JSON.stringify(users)))
    .whereRaw('not servers.spare')
  return (await withActivity(db, own.orderByRaw(orders.state))).map(toSiteServer)
}

/** Returns the server of this id, unless it is a spare. */
export async function siteServerOf(db: Database, id: string): Promise<SiteServer | undefined> {
  const [row] = await withActivity(db, db('servers').where('servers.id', id).whereRaw('not servers.spare'))
  return row && toSiteServer(row)
}

type SiteRow = ServerRow & { last_activity: number | null; now: number }

async function withActivity(db: Database, servers: Knex.QueryBuilder): Promise<SiteRow[]> {
  return joinActivity(servers).select('servers.*', 'activity.last_activity', { now: now(db) })
}

function joinActivity(servers: Knex.QueryBuilder): Knex.QueryBuilder {
  return servers.leftJoin('activity', (on) =>
    on.on('activity.server', '=', 'servers.id').andOn('activity.run', '=', 'servers.run'),
  )
}

function toSiteServer(row: SiteRow): SiteServer {
  const since = row.state === 'ready' ? row.started : isAtRest(row) ? row.ended : row.queued
  const age = (at: number | null) => (at === null ? undefined : Math.max(0, Number(row.now) - at))
  return { server: toServer(row), age: age(since), asked: age(row.queued), activityAge: age(row.last_activity) }
}
