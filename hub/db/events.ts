import { type Database, now, returnedRows, tableOf } from './dialect.ts'
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
