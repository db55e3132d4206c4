import { type Database, now, nowPlus } from '../dialect.ts'
import { namedLike, type UserKind } from '../users.ts'
import type { RunCause, RunEnd } from './runs.ts'

/** A run that is over, as the staff of its course see it. Ages are milliseconds by the database's clock. */
export interface PastRun {
  /** The server's id and the number of the run: `abc-3`. */
  id: string
  server: string
  path: string
  how: RunEnd['how']
  cause: RunCause | undefined
  failure: string | undefined
  detail: string | undefined
  /** Whether another try ends the same way until staff have changed something. */
  lasts: boolean
  reason: string | undefined
  /** Name of the user who stopped it, where that was another one than its owner. */
  by: { id: string; name: string; kind: UserKind; displayName: string | undefined } | undefined
  image: string | undefined
  /** How long it was ready; undefined for one that never was. */
  ran: number | undefined
  age: number
  /** The last lines that it printed; undefined where they were not read. */
  lines: string[] | undefined
  owner: { id: string; name: string; kind: UserKind; displayName: string | undefined }
}

export const runEnds = ['all', 'failed', 'ready', 'never'] as const
/** `failed`: with a problem. `ready`: after it was ready, however it ended. `never`: before it was ready, with a problem. */
export type RunEnds = (typeof runEnds)[number]

export interface RunListing {
  /** The course's slug. */
  course: string
  ends: RunEnds
  cause: RunCause | undefined
  /** Part of the owner's name as staff know it, in any case; '' for all. */
  search: string
  /** The id of one owner; undefined for all. */
  owner: string | undefined
  offset: number
  limit: number
}

/** Returns one page of the past runs of a course, the last first, and how many there are in all. */
export async function listCourseRuns(db: Database, listing: RunListing): Promise<{ total: number; runs: PastRun[] }> {
  const { course, ends, cause, search, owner, offset, limit } = listing
  const matching = () => {
    const query = db('runs')
      .join('servers', 'servers.id', 'runs.server')
      .join('users', 'users.id', 'servers.user')
      .where('runs.course', course)
    if (ends === 'failed') query.whereNotNull('runs.failure')
    if (ends === 'never') query.whereNotNull('runs.failure').whereNull('runs.started')
    if (ends === 'ready') query.whereNotNull('runs.started')
    if (cause !== undefined) query.where('runs.cause', cause)
    if (owner !== undefined) query.where('users.id', owner)
    return namedLike(query, search)
  }
  const [counted] = await matching().count({ count: '*' })
  const rows: Row[] = await matching()
    .leftJoin('users as others', 'others.id', 'runs.by')
    .orderBy('runs.ended', 'desc')
    .orderBy('runs.id')
    .offset(offset)
    .limit(limit)
    .select('runs.*', 'servers.path', 'users.name', 'users.kind', 'users.display_name')
    .select({ other_name: 'others.name', other_kind: 'others.kind', other_display_name: 'others.display_name' })
    .select({ owner: 'users.id', now: now(db) })
  return { total: Number(counted?.count), runs: rows.map(toPastRun) }
}

/** Runs of a course that ended in the same way, with a problem. */
export interface FailedRuns {
  cause: RunCause | undefined
  /** Undefined where a hook has refused them: each time in words of its own, which may be about its learner. */
  failure: string | undefined
  /** Whether another try ends the same way until staff have changed something. */
  lasts: boolean
  count: number
  /** How many learners had it. */
  learners: number
  /** How long ago the last one ended, in milliseconds. */
  age: number
  /** One of those who had it: the words may name her account. */
  owner: { id: string; name: string; kind: UserKind; displayName: string | undefined }
  path: string
}

/** Returns how runs of a course have failed in the last so many milliseconds, what happens most first. */
export async function failedRuns(db: Database, course: string, milliseconds: number): Promise<FailedRuns[]> {
  const failure = db.raw(`case when cause = 'refused' then null else failure end`)
  const groups = db('runs')
    .where({ course })
    .whereNotNull('failure')
    .where('ended', '>', nowPlus(db, -milliseconds))
    .groupBy('cause', failure, 'lasts')
    .select('cause', 'lasts', { failure, now: now(db) })
    // A server is that of one learner in one course.
    .select(db.raw('count(*) as count, count(distinct server) as learners, max(ended) as last, max(server) as server'))
    .orderBy('count', 'desc')
    .orderBy('last', 'desc')
    .limit(10)
  const rows: Group[] = await db
    .from(groups.as('failed'))
    .join('servers', 'servers.id', 'failed.server')
    .join('users', 'users.id', 'servers.user')
    .orderBy('count', 'desc')
    .orderBy('last', 'desc')
    .select('failed.*', 'servers.path', 'users.name', 'users.kind', 'users.display_name', { owner: 'users.id' })
  return rows.map(({ cause, failure, lasts, count, learners, last, now, path, owner, name, kind, display_name }) => ({
    ...{ cause: cause ?? undefined, failure: failure ?? undefined, lasts: Boolean(lasts) },
    ...{ count: Number(count), learners: Number(learners), age: Math.max(0, Number(now) - Number(last)) },
    ...{ path, owner: { id: owner, name, kind, displayName: display_name ?? undefined } },
  }))
}

interface Group {
  cause: RunCause | null
  failure: string | null
  lasts: boolean | number
  count: number | string
  learners: number | string
  last: number | string
  now: number | string
  path: string
  owner: string
  name: string
  kind: UserKind
  display_name: string | null
}

interface Row {
  id: string
  server: string
  path: string
  how: RunEnd['how']
  cause: RunCause | null
  failure: string | null
  detail: string | null
  lasts: boolean | number
  reason: string | null
  by: string | null
  image: string | null
  started: number | null
  ended: number
  lines: string | null
  owner: string
  name: string
  kind: UserKind
  display_name: string | null
  other_name: string | null
  other_kind: UserKind | null
  other_display_name: string | null
  now: number
}

function toPastRun(row: Row): PastRun {
  const isOthers = row.by !== null && row.by !== row.owner && row.other_name !== null && row.other_kind !== null
  return {
    ...{ id: row.id, server: row.server, path: row.path, how: row.how, lasts: Boolean(row.lasts) },
    cause: row.cause ?? undefined,
    failure: row.failure ?? undefined,
    detail: row.detail ?? undefined,
    reason: row.reason ?? undefined,
    by: isOthers
      ? {
          ...{ id: row.by ?? '', name: row.other_name ?? '', kind: row.other_kind ?? 'person' },
          displayName: row.other_display_name ?? undefined,
        }
      : undefined,
    image: row.image ?? undefined,
    ran: row.started === null ? undefined : Math.max(0, Number(row.ended) - Number(row.started)),
    age: Math.max(0, Number(row.now) - Number(row.ended)),
    lines: row.lines === null ? undefined : row.lines.split('\n').filter((line) => line !== ''),
    owner: { id: row.owner, name: row.name, kind: row.kind, displayName: row.display_name ?? undefined },
  }
}
