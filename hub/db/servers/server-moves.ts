import type { Knex } from 'knex'
import type { SpawnerState } from '../../../spawners/files.ts'
import { type Database, forUpdate, isPairOf, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { leaveHome } from '../homes/homes.ts'
import { liveHubs } from '../hubs.ts'
import { newId } from '../ids.ts'
import { nextRevision } from '../installation.ts'
import { prepared } from '../prepared.ts'
import { originsOfCourse } from './courses.ts'
import { keyOf, restStates, runningStates } from './server-states.ts'
import { one, type Phase, type Server, type ServerRow, toServer } from './servers.ts'
import { dueNow } from './untold.ts'

/** A hub's hold on a moving row. Every write names it. When no row changed, the hold is lost: touch nothing more. */
export interface Hold {
  id: string
  owner: string
  epoch: number
}

/**
 * Returns the ids of moving rows that no living hub works on, or whose time is over. `busy` are the servers for which this hub
 * has a task. Queued rows are not among them; `startQueued` takes those.
 */
export async function abandonedServers(db: Database, me: string, busy: string[], limit: number): Promise<string[]> {
  return db('servers')
    .whereIn('state', ['starting', 'stopping'])
    .whereNotIn('id', busy)
    .where((row) => isFree(db, me, row))
    .limit(limit)
    .pluck('id')
}

/** Limits a query to rows that may be taken. A hub's own row may: the hub let go of it when the database was away. */
function isFree(db: Database, me: string, row: Knex.QueryBuilder): void {
  row.whereNull('owner').orWhere({ owner: me }).orWhereNotIn('owner', liveHubs(db)).orWhere('deadline', '<', now(db))
}

/** Takes a moving row that has no living owner, or whose time is over. Undefined when another hub was quicker. */
export async function takeServer(db: Database, me: string, server: Server): Promise<Hold | undefined> {
  const changed = await db('servers')
    .where({ id: server.id, epoch: server.epoch })
    .where((row) => isFree(db, me, row))
    .update({ owner: me, epoch: server.epoch + 1 })
  return changed === 1 ? { id: server.id, owner: me, epoch: server.epoch + 1 } : undefined
}

const newServer = prepared<[user: string, course: string, path: string, id: string, label: string], ServerRow[]>(
  (db, user, course, path, id, label) =>
    db('servers')
      .insert({
        id,
        user,
        course,
        name: course,
        path,
        label,
        state: 'stopped',
        run: 0,
        epoch: 0,
        restart: false,
        spare: false,
        revision: 0,
        since: 0,
        created: now(db),
      })
      .onConflict()
      .ignore()
      .returning('*'),
)

/** Returns the row of (user, course), locked until the transaction ends, and makes one at rest when there is none. */
export async function ensureServer(
  trx: Transaction,
  server: { user: string; course: string; path: string },
): Promise<Server> {
  const { user, course, path } = server
  const known = one(await lockedServer(trx, user, course))
  if (known !== undefined) return known
  const [made] = await newServer(trx, user, course, path, newId(), newId())
  if (made !== undefined) return toServer(made)
  // Another transaction has just made it.
  const found = one(await lockedServer(trx, user, course))
  if (found === undefined) throw new Error(`The path ${path} belongs to another server.`)
  return found
}

const lockedServer = prepared<[user: string, course: string], ServerRow | undefined>((db, user, course) =>
  forUpdate(db, db('servers').where({ user, course }).first()),
)

/** What is decided about a run when it is queued. */
export interface NextRun {
  /** The key that is to mint its secrets. */
  kid: string
  /** Digest of the definition of what it is made of. */
  madeOf: string
}

type QueuedValues = [id: string, epoch: number, me: string, kid: string, madeOf: string, run: number, nextEpoch: number]
const queued = prepared<QueuedValues, number>((db, id, epoch, me, kid, madeOf, run, nextEpoch) =>
  db('servers')
    .where({ id, epoch })
    .whereIn('state', restStates)
    .update({ ...newRun(db, me, kid), made_of: madeOf, run, epoch: nextEpoch }),
)

/**
 * Moves a row from stopped or failed to queued: a new run. The row names this hub, to which other hubs leave it for a
 * moment (`mayTake`).
 */
export async function queueServer(
  trx: Transaction,
  me: string,
  server: Pick<Server, 'id' | 'epoch' | 'run'>,
  next: NextRun,
): Promise<void> {
  await queued(trx, server.id, server.epoch, me, next.kid, next.madeOf, server.run + 1, server.epoch + 1)
}

function newRun(db: Database, me: string, kid: string) {
  return {
    state: 'queued',
    kid,
    origins: originsOfCourse(db),
    owner: me,
    deadline: null,
    phase: 'queued',
    percent: null,
    message: null,
    // A run that was ready and then failed stays known until the next stop, so that its user is told about it.
    failure: db.raw('case when started is null then null else failure end'),
    failure_detail: db.raw('case when started is null then null else failure_detail end'),
    failure_lasts: false,
    refused: false,
    opens: null,
    restart: false,
    spec_hash: null,
    image: null,
    spawner_state: null,
    target: null,
    queued: now(db),
    started: null,
    ended: null,
  }
}

const begun = prepared<[seen: string, owner: string, time: number], ServerRow[]>((db, seen, owner, time) =>
  db('servers')
    .where({ state: 'queued' })
    .where(isPairOf(db, 'id', 'epoch', seen))
    .update({
      state: 'starting',
      owner,
      epoch: db.raw('epoch + 1'),
      deadline: db.raw('? + ?', [now(db), time]),
      phase: 'creating',
    })
    .returning('*'),
)

/** Moves rows from queued to starting, under `lockQueue`. Returns those that have not moved since they were seen. */
export async function beginStarts(
  trx: Transaction,
  me: string,
  seen: Pick<Server, 'id' | 'epoch'>[],
  timeoutMilliseconds: number,
): Promise<{ server: Server; hold: Hold }[]> {
  const rows = await begun(trx, pairsOf(seen), me, Math.round(timeoutMilliseconds))
  return rows.map(toServer).map((server) => ({ server, hold: { id: server.id, owner: me, epoch: server.epoch } }))
}

function pairsOf(rows: Pick<Server, 'id' | 'epoch'>[]): string {
  return JSON.stringify(rows.map(({ id, epoch }) => [id, epoch]))
}

export interface Held {
  specHash?: string
  phase?: Phase
  percent?: number | null
  message?: string | null
  spawnerState?: SpawnerState
  target?: string
  image?: string | undefined
  opens?: string | null
  /** Milliseconds from now, when a phase begins that has a time of its own. */
  deadlineIn?: number
}

/** Writes under a hold. Returns false when the hold is lost. */
export async function writeHeld(db: Database, hold: Hold, held: Held): Promise<boolean> {
  const columns = {
    ...(held.specHash !== undefined && { spec_hash: held.specHash }),
    ...(held.phase !== undefined && { phase: held.phase }),
    ...(held.percent !== undefined && { percent: held.percent }),
    ...(held.message !== undefined && { message: textOrNull(held.message ?? undefined, 500) }),
    ...(held.spawnerState !== undefined && { spawner_state: JSON.stringify(held.spawnerState) }),
    ...(held.target !== undefined && { target: held.target }),
    ...(held.image !== undefined && { image: storable(held.image, 255) }),
    ...(held.opens !== undefined && { opens: held.opens }),
    ...(held.deadlineIn !== undefined && { deadline: nowPlus(db, held.deadlineIn) }),
  }
  return (await underHold(db, hold).update(columns)) === 1
}

const becameReady = prepared<[owner: string, held: string, revision: number], ServerRow[]>(
  (db, owner, held, revision) =>
    db('servers')
      .where({ owner, state: 'starting' })
      .where(isPairOf(db, 'id', 'epoch', held))
      .update({ ...unheld, state: 'ready', started: now(db), since: now(db), revision })
      .returning('*'),
)

/**
 * Moves rows from starting to ready, with the revision for their routes. Returns those whose hold is not lost. All holds
 * are of one hub.
 */
export async function becomeReady(trx: Transaction, holds: Hold[], revision: number): Promise<Server[]> {
  const owners = new Set(holds.map(({ owner }) => owner))
  const [owner = ''] = owners
  if (owners.size > 1) throw new Error('The holds of several hubs cannot be used together.')
  return (await becameReady(trx, owner, pairsOf(holds), revision)).map(toServer)
}

export interface Ending {
  failure?: string | undefined
  failureDetail?: string | undefined
  /** Whether another try ends the same way until staff have changed something. */
  failureLasts?: boolean | undefined
  /** Whether a hook of the config has refused the start. */
  refused?: boolean | undefined
  restart?: boolean | undefined
}

/**
 * Moves a row from queued, starting or ready to stopping, owned by this hub, with the revision for its route's removal.
 * Any earlier hold is lost, since the epoch rises. `from` is the row as it was seen: undefined when it has moved since.
 */
export async function beginStop(
  trx: Transaction,
  me: string,
  from: Pick<Server, 'id' | 'epoch' | 'run'>,
  ending: Ending,
  timeoutMilliseconds: number,
): Promise<{ hold: Hold; server: Server } | undefined> {
  const revision = await nextRevision(trx)
  const epoch = from.epoch + 1
  const [row] = await trx('servers')
    .where({ id: from.id, epoch: from.epoch, run: from.run })
    .whereIn('state', runningStates)
    .update({
      state: 'stopping',
      owner: me,
      epoch,
      deadline: nowPlus(trx, timeoutMilliseconds),
      failure: textOrNull(ending.failure, 500),
      failure_detail: textOrNull(ending.failureDetail, 10_000),
      failure_lasts: ending.failureLasts ?? false,
      refused: ending.refused ?? false,
      restart: ending.restart ?? false,
      phase: null,
      percent: null,
      message: null,
      revision,
    })
    .returning('*')
  const server = one(row)
  return server && { hold: { id: from.id, owner: me, epoch }, server }
}

export async function wantRestart(trx: Transaction, server: Server): Promise<boolean> {
  return (
    (await trx('servers')
      .where({ id: server.id, epoch: server.epoch, state: 'stopping' })
      .update({ restart: true })) === 1
  )
}

/** Cancels the restarts of the user's stopping servers, which launches have asked for. */
export async function cancelRestarts(trx: Transaction, user: string): Promise<void> {
  await trx('servers').where({ user, state: 'stopping' }).update({ restart: false })
}

/** Deletes the user's servers that are at rest. */
export async function deleteServersOf(trx: Transaction, user: string): Promise<void> {
  await trx('servers').where({ user }).whereIn('state', restStates).delete()
}

/**
 * Moves a row from stopping to stopped or failed, or to queued if a launch waits, frees the home, and makes it due to tell of
 * the end. Undefined when the hold is lost. Without `next.madeOf` the next run is made of what the last one was.
 */
export async function endStop(
  trx: Transaction,
  hold: Hold,
  next: { kid: string; madeOf: string | undefined },
): Promise<Server | undefined> {
  const server = one(await forUpdate(trx, underHold(trx, hold).where({ state: 'stopping' }).first()))
  if (server === undefined) return undefined
  const { kid, madeOf } = next
  const after = server.restart
    ? { ...newRun(trx, hold.owner, kid), ...(madeOf && { made_of: madeOf }), run: server.run + 1 }
    : { ...unheld, ...atRest, state: server.failure === undefined ? 'stopped' : 'failed' }
  const [row] = await underHold(trx, hold)
    .update({ ...after, epoch: server.epoch + 1, ended: now(trx) })
    .returning('*')
  if (server.home !== undefined) await leaveHome(trx, keyOf(server))
  await dueNow(trx, server)
  return one(row)
}

/** Writes with which home the run of a row that was just queued begins. */
export async function setServerHome(trx: Transaction, id: string, home: string | undefined): Promise<void> {
  await trx('servers')
    .where({ id })
    .update({ home: home ?? null })
}

const atRest = { spawner_state: null, target: null, made_of: null, origins: null }
const unheld = { owner: null, deadline: null, phase: null, percent: null, message: null }

/** Gives a held row more time, for a stop that must be tried again. */
export async function extendHold(db: Database, hold: Hold, milliseconds: number): Promise<boolean> {
  return (await underHold(db, hold).update({ deadline: nowPlus(db, milliseconds) })) === 1
}

/** Raises a row to a run that exists at the spawner, after the database has lost writes. No name is then used twice. */
export async function raiseRun(db: Database, id: string, run: number): Promise<void> {
  await db('servers').where({ id }).where('run', '<', run).whereIn('state', restStates).update({ run })
}

/**
 * Gives a ready server's route, whose content has changed, a new revision, and returns the row. Undefined when the
 * server is not ready. With `endsOwnSeats` every seat that the owner was given until now ends too.
 */
export async function moveRevision(
  trx: Transaction,
  id: string,
  { endsOwnSeats = false } = {},
): Promise<Server | undefined> {
  // Takes the revision first, as `beginStop` does, so that neither waits for what the other holds.
  const revision = await nextRevision(trx)
  const [row] = await trx('servers')
    .where({ id, state: 'ready' })
    .update({ revision, ...(endsOwnSeats && { since: nowPlus(trx, 1) }) })
    .returning('*')
  return one(row)
}

function underHold(db: Database, hold: Hold) {
  return db('servers').where({ id: hold.id, owner: hold.owner, epoch: hold.epoch })
}

function textOrNull(text: string | undefined, length: number): string | null {
  return text === undefined ? null : storable(text, length)
}
