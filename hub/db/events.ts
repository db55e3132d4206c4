import { type Database, isOneOf, now, returnedRows, tableOf } from './dialect.ts'
import { prepared } from './prepared.ts'

export type EventKind =
  | 'signed-in'
  | 'signed-out'
  | 'sign-in-refused'
  | 'launched'
  | 'claimed'
  | 'started'
  | 'failed'
  | 'out-of-memory'
  | 'home-full'
  | 'stopped'
  | 'culled'
  | 'user-made'
  | 'user-blocked'
  | 'user-unblocked'
  | 'user-removal'
  | 'user-removed'
  | 'versions-removed'
  | 'groups-changed'
  | 'account-made'
  | 'account-link-made'
  | 'sign-in-link-made'
  | 'account-removed'
  | 'password-set'
  | 'token-made'
  | 'token-ended'
  | 'shared'
  | 'unshared'
  | 'snapshot-made'
  | 'snapshot-removed'
  | 'opened-as-staff'
  | 'opened-shared'
  | 'support-code-looked-up'
  | 'maintenance-begun'
  | 'maintenance-ended'
  | 'announced'
  | 'announcement-removed'
  | 'home-made'
  | 'home-adopted'
  | 'home-removal'
  | 'home-kept'
  | 'home-removed'
  | 'home-released'
  | 'home-exported'
  | 'home-imported'
  | 'image-changed'
  | 'image-build-asked'
  | 'image-built'
  | 'image-build-failed'
  | 'static-files-copied'
  | 'static-files-refused'
  | 'content-pull-asked'
  | 'content-pulled'
  | 'content-failed'
  | 'spares-drained'
  | 'course-made'
  | 'course-changed'
  | 'course-renamed'
  | 'course-archived'
  | 'course-unarchived'
  | 'course-deleted'
  | 'course-restored'
  | 'course-gone'
  | 'git-key-set'
  | 'git-key-removed'
  | 'git-host-confirmed'
  | 'pull-hook-made'
  | 'pull-hook-removed'
  | 'hook-given-up'

export interface NewEvent {
  kind: EventKind
  user?: string
  course?: string
  server?: string
  run?: number
  detail?: Record<string, string | number | boolean>
}

/** Adds one line of history, in the transaction of the change that it is about. */
export async function addEvent(db: Database, event: NewEvent): Promise<void> {
  const { kind, user = null, course = null, server = null, run = null, detail } = event
  await newEvent(db, kind, user, course, server, run, detail === undefined ? null : JSON.stringify(detail))
}

type Text = string | null
const newEvent = prepared<
  [kind: string, user: Text, course: Text, server: Text, run: number | null, detail: Text],
  void
>((db, kind, user, course, server, run, detail) =>
  db('events').insert({ at: now(db), kind, user, course, server, run, detail }),
)

/** Adds the same line of history for each of these users or servers, in one statement. */
export async function addEventOfEach(
  db: Database,
  each: Pick<NewEvent, 'user' | 'course' | 'server' | 'run'>[],
  { kind, detail }: Pick<NewEvent, 'kind' | 'detail'>,
): Promise<void> {
  const rows = tableOf(db, ['user', 'course', 'server', 'run'], each)
  const sql = `insert into events (at, kind, "user", course, server, run, detail)
    select ?, ?, "user", course, server, cast(run as integer), ? from ?`
  await returnedRows(db, sql, [now(db), kind, detail === undefined ? null : JSON.stringify(detail), rows])
}

/** One time that a member of a course's staff opened a learner's server. */
export interface StaffArrival {
  /** Id of the member of staff. */
  by: string
  /** Milliseconds ago, by the database's clock. */
  age: number
}

/** Returns the last visit of staff to each of these servers. */
export async function lastStaffArrivals(db: Database, servers: string[]): Promise<Map<string, StaffArrival>> {
  const latest = db('events')
    .where({ kind: 'opened-as-staff' })
    .whereIn('server', servers)
    .groupBy('server')
    .max({ id: 'id' })
  const rows: { server: string; user: string; at: number; now: number }[] = await db('events')
    .whereIn('id', latest)
    .select('server', 'user', 'at', { now: now(db) })
  return new Map(rows.map(({ server, user, at, now }) => [server, { by: user, age: Math.max(0, Number(now) - at) }]))
}

/** One line of history, as it was written. */
export interface PastEvent {
  id: number
  /** By the database's clock. */
  at: number
  kind: EventKind
  user: string | undefined
  course: string | undefined
  server: string | undefined
  run: number | undefined
  detail: Record<string, string | number | boolean>
}

/** Which events a list has; undefined for all. */
export interface EventFilter {
  kinds?: readonly string[] | undefined
  /** Id of the user whom the event is about. */
  user?: string | undefined
  /** Id of the user who did it, to whichever user, or what stands in place of one, such as `operator`. */
  by?: string | undefined
  course?: string | undefined
  /** The first moment, and the first one behind the last, by the database's clock. */
  from?: number | undefined
  to?: number | undefined
}

/** How many rows one question reads at most where no index finds them, so that a rare event among millions holds no database up. */
const readAtOnce = 100_000
/** Hubs that write at one time may get their numbers in another order than their times, by a few. */
const disorder = 1000

/**
 * Returns the latest events that the filter lets through, before the one of this id, and where to go on: the id before which the next
 * ones are, or undefined when there are no more. Few or none may be returned although there are more further back.
 */
export async function listEvents(
  db: Database,
  filter: EventFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<{ events: PastEvent[]; next: number | undefined }> {
  const { from, to } = filter
  const known = await numberAt(db, to, 'desc')
  const first = await numberAt(db, from, 'asc')
  if (known === undefined || first === undefined) return { events: [], next: undefined }
  const end = Math.min(before ?? Number.POSITIVE_INFINITY, known + (to === undefined ? 1 : disorder))
  const lowest = from === undefined ? first : first - disorder
  // An index finds the events of one user, however far back they are.
  const begin = filter.user === undefined ? Math.max(lowest, end - readAtOnce) : lowest
  const found: EventRow[] = await matching(db, filter)
    .where('id', '<', end)
    .where('id', '>=', begin)
    .orderBy('id', 'desc')
    .limit(limit + 1)
  const shown = found.slice(0, limit)
  const next = found.length > limit ? shown.at(-1)?.id : begin > lowest ? begin : undefined
  return { events: shown.map(toEvent), next }
}

function matching(db: Database, { kinds, user, by, course, from, to }: EventFilter) {
  const query = db('events')
  if (kinds !== undefined) query.where(isOneOf(db, 'kind', JSON.stringify(kinds)))
  if (user !== undefined) query.where({ user })
  if (course !== undefined) query.where({ course })
  if (from !== undefined) query.where('at', '>=', from)
  if (to !== undefined) query.where('at', '<', to)
  if (by === undefined) return query
  const like = `%"by":${JSON.stringify(by).replace(/[\\%_]/g, '\\$&')}%`
  return query.where((row) =>
    row
      .whereRaw("detail like ? escape '\\'", [like])
      .orWhere((own) => own.where({ user: by }).whereRaw("coalesce(detail, '') not like '%\"by\":%'")),
  )
}

/** Returns the number of the last event before this moment, or of the first one from it on; of all where none is given. */
async function numberAt(db: Database, at: number | undefined, order: 'asc' | 'desc'): Promise<number | undefined> {
  const rows = db('events').select('id').limit(1)
  const query = at === undefined ? rows : rows.where('at', order === 'desc' ? '<' : '>=', at).orderBy('at', order)
  const [found]: { id: number }[] = await query.orderBy('id', order)
  return found?.id
}

interface EventRow {
  id: number
  at: number
  kind: EventKind
  user: string | null
  course: string | null
  server: string | null
  run: number | null
  detail: string | null
}

function toEvent({ id, at, kind, user, course, server, run, detail }: EventRow): PastEvent {
  return {
    ...{ id, at, kind, user: user ?? undefined, course: course ?? undefined },
    ...{ server: server ?? undefined, run: run ?? undefined, detail: detail === null ? {} : JSON.parse(detail) },
  }
}
