import type { SpawnerState } from '../../../spawners/files.ts'
import { type Database, forUpdate, isOneOf, now, nowPlus, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'
import { movingStates, runningStates, type ServerState } from './server-states.ts'

export type Phase = 'queued' | 'pulling' | 'creating' | 'starting'

export interface Server {
  id: string
  user: string
  course: string
  /** The server's name in JupyterHub's API: the course's slug. */
  name: string
  /** Public path, `/user/<name>/<slug>/`. That of a server that was a spare has the name that the spare had. */
  path: string
  /** Whether it runs before its user is known. */
  spare: boolean
  /** By which name its program knows its user, where it was started before its user was known. */
  toldUser: string | undefined
  /** Label of the server's own host, where servers have such. Random, and never another server's. */
  label: string
  state: ServerState
  run: number
  /** The key that this run's token and seats are derived from. */
  kid: string | undefined
  /** Digest of the definition of what the run is made of. Absent at rest, and in runs from before there were any. */
  madeOf: string | undefined
  /** Digest of the definition of the origins of other sites that may reach the run. Absent where `madeOf` may be. */
  origins: string | undefined
  /** Id of the home with which the present or last run was queued. */
  home: string | undefined
  /** The run before which its owner has read what is to be known of its course. */
  noticeRead: number | undefined
  /** The digest or id of the image that the present or last run is of, where the spawner has told it. */
  image: string | undefined
  specHash: string | undefined
  owner: string | undefined
  epoch: number
  deadline: number | undefined
  phase: Phase | undefined
  percent: number | undefined
  message: string | undefined
  /**
   * Why the last run failed, for the learner. Once a server has been ready and failed, this stays through its next run,
   * since its user has not been told yet.
   */
  failure: string | undefined
  /** Why the last run failed, for staff. */
  failureDetail: string | undefined
  /** Whether another try ends the same way until staff have changed something. */
  failureLasts: boolean
  /** Whether a hook of the config has refused the start, in words that need no others. */
  refused: boolean
  /** Where the present run opens for its owner when a link names nothing in it, relative to its path. */
  opens: string | undefined
  /** A launch came while the server was stopping, so that it is queued again afterwards. */
  restart: boolean
  spawnerState: SpawnerState | undefined
  target: string | undefined
  revision: number
  since: number
  created: number
  queued: number | undefined
  started: number | undefined
  ended: number | undefined
}

const serverById = prepared<[id: string], ServerRow | undefined>((db, id) => db('servers').where({ id }).first())

export async function findServer(db: Database, id: string): Promise<Server | undefined> {
  return one(await serverById(db, id))
}

const serverOfUser = prepared<[user: string, course: string], ServerRow | undefined>((db, user, course) =>
  db('servers').where({ user, course }).first(),
)

export async function findServerOf(db: Database, user: string, course: string): Promise<Server | undefined> {
  return one(await serverOfUser(db, user, course))
}

/** Returns the server of this path. A spare's path is as unknown as any that does not exist. */
export async function findServerByPath(db: Database, path: string): Promise<Server | undefined> {
  return one(await db('servers').where({ path }).whereRaw('not spare').first())
}

const serversOfUsers = prepared<[users: string], ServerRow[]>((db, users) =>
  db('servers')
    .where(isOneOf(db, 'user', users))
    .orderBy('course'),
)

export async function serversOf(db: Database, users: string[]): Promise<Server[]> {
  return (await serversOfUsers(db, JSON.stringify(users))).map(toServer)
}

export async function serversById(db: Database, ids: string[]): Promise<Server[]> {
  return (await db('servers').whereIn('id', ids)).map(toServer)
}

/** Writes that the owner has read what is to be known of the course, for this run. */
export async function readNotice(db: Database, { id, run }: Pick<Server, 'id' | 'run'>): Promise<void> {
  await db('servers').where({ id, run }).update({ notice_read: run })
}

/** Returns all ready servers, spares among them. */
export async function readyServers(db: Database): Promise<Server[]> {
  return (await db('servers').where({ state: 'ready' })).map(toServer)
}

/** Locks the row until the transaction ends, so that no stop begins meanwhile. Returns whether the run is ready. */
export async function lockReady(trx: Transaction, { id, run }: Pick<Server, 'id' | 'run'>): Promise<boolean> {
  return (await forUpdate(trx, trx('servers').where({ id, run, state: 'ready' })).first('id')) !== undefined
}

/** Returns all servers that run or are to run soon. */
export async function runningServers(db: Database): Promise<Server[]> {
  return (await db('servers').whereIn('state', runningStates)).map(toServer)
}

/** Returns all servers of which something may be left at the spawner, or soon will be there. */
export async function serversNotAtRest(db: Database): Promise<Server[]> {
  return (await db('servers').whereIn('state', [...runningStates, 'stopping'])).map(toServer)
}

const countIn = prepared<[state: ServerState], [{ count: number }]>((db, state) =>
  db('servers').where({ state }).count({ count: '*' }),
)

/** Returns how many servers are ready, spares among them, which take places too. */
export async function countReady(db: Database): Promise<number> {
  return (await countIn(db, 'ready'))[0].count
}

const queuedForPeople = prepared<[], [{ count: number }]>((db) =>
  db('servers').where({ state: 'queued' }).whereRaw('not spare').count({ count: '*' }),
)

/** Returns how many servers wait in the queue for which a person waits. */
export async function countQueued(db: Database): Promise<number> {
  return (await queuedForPeople(db))[0].count
}

/** Returns how many ready servers of each course are of which image, by its digest or id. */
export async function countRunningImages(db: Database): Promise<{ course: string; image: string; count: number }[]> {
  const rows: { course: string; image: string; count: number | string }[] = await db('servers')
    .where({ state: 'ready' })
    .whereNotNull('image')
    .groupBy('course', 'image')
    .select('course', 'image')
    .count({ count: '*' })
    .orderByRaw('max(started)')
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

/** Returns how long the starts of running servers took for people, the latest 500 of them, the last one last. No spare counts, also not one that was taken. */
export async function startsOfRunning(db: Database): Promise<{ course: string; seconds: number }[]> {
  const rows: { course: string; queued: number; started: number }[] = await db('servers')
    .where({ state: 'ready' })
    .where((row) => row.whereNull('told_user').orWhere('run', '>', 1))
    .whereNotNull('queued')
    .orderBy('queued', 'desc')
    .limit(500)
    .select('course', 'queued', 'started')
  return rows.reverse().map(({ course, queued, started }) => ({ course, seconds: (started - queued) / 1000 }))
}

/** For how long other hubs leave a queued server to the hub that queued it, whose request waits for it. */
export const leftMilliseconds = 1000

const oneQueued = prepared<[me: string], ServerRow | undefined>((db, me) =>
  db('servers')
    .where({ state: 'queued' })
    .where((row) =>
      row.where({ owner: me }).orWhereNull('owner').orWhere('queued', '<', nowPlus(db, -leftMilliseconds)),
    )
    .first('id'),
)

/** Returns whether a server waits in the queue that this hub may take. */
export async function hasQueued(db: Database, me: string): Promise<boolean> {
  return (await oneQueued(db, me)) !== undefined
}

/** What the queue needs to know of a server, with the milliseconds since it was queued, by the database's clock. */
export type MovingServer = Pick<
  Server,
  'id' | 'course' | 'state' | 'run' | 'madeOf' | 'home' | 'owner' | 'epoch' | 'queued' | 'spare' | 'phase'
> & {
  waited: number
}

/** How many servers wait or move, by state, and for how many milliseconds the oldest has waited. */
export interface Moving {
  counts: ReadonlyMap<string, number>
  oldestWait: number
}

export async function countMoving(db: Database): Promise<Moving> {
  const rows: { state: string; count: number; oldest: number | null; now: number }[] = await db('servers')
    .whereIn('state', movingStates)
    .groupBy('state')
    .select('state', { now: now(db) })
    .count({ count: '*' })
    .min({ oldest: 'queued' })
  const queued = rows.find(({ state }) => state === 'queued')
  return {
    counts: new Map(rows.map(({ state, count }) => [state, Number(count)])),
    oldestWait: queued?.oldest == null ? 0 : Math.max(0, Number(queued.now) - Number(queued.oldest)),
  }
}

type MovingRow = Pick<ServerRow, Exclude<keyof MovingServer, 'waited' | 'madeOf'> | 'made_of'> & { now: number }
const moving = prepared<[], MovingRow[]>((db) =>
  db('servers')
    .whereIn('state', movingStates)
    .select('id', 'course', 'state', 'run', 'made_of', 'home', 'owner', 'epoch', 'queued', 'spare', 'phase', {
      now: now(db),
    }),
)

/** Returns all servers that wait or move, for the queue and positions. */
export async function movingServers(db: Database): Promise<MovingServer[]> {
  const rows = await moving(db)
  return rows.map(({ id, course, state, run, made_of, home, owner, epoch, queued, spare, phase, now }) => ({
    id,
    course,
    state,
    run,
    madeOf: made_of ?? undefined,
    home: home ?? undefined,
    owner: owner ?? undefined,
    epoch,
    queued: queued ?? undefined,
    spare: Boolean(spare),
    phase: phase ?? undefined,
    waited: Math.max(0, now - (queued ?? now)),
  }))
}

export interface ServerRow {
  id: string
  user: string
  course: string
  name: string
  path: string
  spare: boolean | number
  told_user: string | null
  label: string
  state: ServerState
  run: number
  kid: string | null
  made_of: string | null
  origins: string | null
  home: string | null
  notice_read: number | null
  image: string | null
  spec_hash: string | null
  owner: string | null
  epoch: number
  deadline: number | null
  phase: Phase | null
  percent: number | null
  message: string | null
  failure: string | null
  failure_detail: string | null
  failure_lasts: boolean | number
  refused: boolean | number
  opens: string | null
  restart: boolean | number
  spawner_state: string | null
  target: string | null
  revision: number
  since: number
  created: number
  queued: number | null
  started: number | null
  ended: number | null
}

export function one(row: ServerRow | undefined): Server | undefined {
  return row && toServer(row)
}

export function toServer(row: ServerRow): Server {
  return {
    id: row.id,
    user: row.user,
    course: row.course,
    name: row.name,
    path: row.path,
    spare: Boolean(row.spare),
    toldUser: row.told_user ?? undefined,
    label: row.label,
    state: row.state,
    run: row.run,
    kid: row.kid ?? undefined,
    madeOf: row.made_of ?? undefined,
    origins: row.origins ?? undefined,
    home: row.home ?? undefined,
    noticeRead: row.notice_read ?? undefined,
    image: row.image ?? undefined,
    specHash: row.spec_hash ?? undefined,
    owner: row.owner ?? undefined,
    epoch: row.epoch,
    deadline: row.deadline ?? undefined,
    phase: row.phase ?? undefined,
    percent: row.percent ?? undefined,
    message: row.message ?? undefined,
    failure: row.failure ?? undefined,
    failureDetail: row.failure_detail ?? undefined,
    failureLasts: Boolean(row.failure_lasts),
    refused: Boolean(row.refused),
    opens: row.opens ?? undefined,
    restart: Boolean(row.restart),
    spawnerState: row.spawner_state === null ? undefined : JSON.parse(row.spawner_state),
    target: row.target ?? undefined,
    revision: row.revision,
    since: row.since,
    created: row.created,
    queued: row.queued ?? undefined,
    started: row.started ?? undefined,
    ended: row.ended ?? undefined,
  }
}

/** Returns how many servers of these courses and variants there are, also of those that are stopped. */
export async function countServersOf(db: Database, courses: string[]): Promise<number> {
  const [row] = await db('servers').whereIn('course', courses).count({ count: '*' })
  return Number(row?.count)
}
