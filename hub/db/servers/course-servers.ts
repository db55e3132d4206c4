import { type Database, now } from '../dialect.ts'
import { namedLike, nameForStaff, type UserKind } from '../users.ts'
import { isAtRest, restStates, runningStates, type ServerState } from './server-states.ts'

/** A course's server as the course's staff see it in a list. Ages are milliseconds by the database's clock. */
export interface CourseServer {
  id: string
  run: number
  path: string
  state: ServerState
  /** The digest or id of the image of its present or last run. */
  image: string | undefined
  failure: string | undefined
  failureDetail: string | undefined
  /** Since the server is in this state. */
  age: number | undefined
  activityAge: number | undefined
  owner: { id: string; name: string; kind: UserKind; displayName: string | undefined }
}

export const listStates = ['attention', 'running', 'failed', 'stopped', 'all'] as const
export type ListState = (typeof listStates)[number]

/** The states of servers that each choice of a list shows. */
export const statesOf: Record<ListState, readonly ServerState[]> = {
  attention: [...runningStates, 'stopping', 'failed'],
  running: [...runningStates, 'stopping'],
  failed: ['failed'],
  stopped: ['stopped'],
  all: [...runningStates, 'stopping', ...restStates],
}

/** The orders of a list of servers: a minus before a word has the last ones first. */
export const serverSorts = ['-queued', 'queued', 'name', '-name', 'active', '-active'] as const
export type ServerSort = (typeof serverSorts)[number]

// What was never queued or active comes first of all; without coalesce, the two databases sort null differently.
const serverOrders: Record<ServerSort, string> = {
  queued: 'coalesce(servers.queued, 0), servers.id',
  '-queued': 'coalesce(servers.queued, 0) desc, servers.id',
  name: `${nameForStaff}, servers.id`,
  '-name': `${nameForStaff} desc, servers.id`,
  active: 'coalesce(activity.last_activity, 0), servers.id',
  '-active': 'coalesce(activity.last_activity, 0) desc, servers.id',
}

export interface Listing {
  course: string
  state: ListState
  /** Part of the owner's name as staff know it, in any case; '' for all. */
  search: string
  sort: ServerSort
  /** The id of one owner; undefined for all. */
  owner?: string | undefined
  offset: number
  limit: number
}

/** Returns one page of a course's servers, and how many there are in all. */
export async function listCourseServers(
  db: Database,
  listing: Listing,
): Promise<{ total: number; servers: CourseServer[] }> {
  const { course, state, search, sort, owner, offset, limit } = listing
  const matching = () => {
    const query = db('servers')
      .join('users', 'users.id', 'servers.user')
      .where('servers.course', course)
      .whereRaw('not servers.spare')
      .whereIn('servers.state', statesOf[state])
    if (owner !== undefined) query.where('users.id', owner)
    return namedLike(query, search)
  }
  const [counted] = await matching().count({ count: '*' })
  const rows: Row[] = await matching()
    .leftJoin('activity', (on) => on.on('activity.server', '=', 'servers.id').andOn('activity.run', '=', 'servers.run'))
    .orderByRaw(serverOrders[sort])
    .offset(offset)
    .limit(limit)
    .select('servers.id', 'servers.run', 'servers.path', 'servers.state', 'servers.failure', 'servers.failure_detail')
    .select('servers.image', 'servers.queued', 'servers.started', 'servers.ended', 'activity.last_activity')
    .select('users.name', 'users.kind', 'users.display_name')
    .select({ owner: 'users.id', now: now(db) })
  return { total: Number(counted?.count), servers: rows.map(toCourseServer) }
}

interface Row {
  id: string
  run: number
  path: string
  state: ServerState
  image: string | null
  failure: string | null
  failure_detail: string | null
  queued: number | null
  started: number | null
  ended: number | null
  last_activity: number | null
  owner: string
  name: string
  kind: UserKind
  display_name: string | null
  now: number
}

function toCourseServer(row: Row): CourseServer {
  const isOver = isAtRest(row)
  const since = row.state === 'ready' ? row.started : isOver ? row.ended : row.queued
  const age = (at: number | null) => (at === null ? undefined : Math.max(0, Number(row.now) - at))
  return {
    id: row.id,
    run: row.run,
    path: row.path,
    state: row.state,
    image: row.image ?? undefined,
    failure: row.failure ?? undefined,
    failureDetail: row.failure_detail ?? undefined,
    age: age(since),
    activityAge: age(row.last_activity),
    owner: { id: row.owner, name: row.name, kind: row.kind, displayName: row.display_name ?? undefined },
  }
}
