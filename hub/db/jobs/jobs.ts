/** What hubs do that takes minutes. Some hub has each job, and the others take it over when that hub is dead. */
import { type Database, forUpdate, isOneOf, lockJobs, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'
import { addTry, countUntried, hasTried, triedBy } from './tries.ts'

/** The states of a job of each kind in their order; the last two are its ends. */
interface States {
  /** An image that is made of a repository, by its name in the config. */
  image: 'waiting' | 'fetching' | 'building' | 'pushing' | 'built' | 'failed'
  /** The content of a course that is fetched from its repository, by the course's id. */
  content: 'waiting' | 'fetching' | 'reading' | 'storing' | 'pulled' | 'failed'
}

export type JobKind = keyof States
export type JobState<K extends JobKind = JobKind> = States[K]

/** One job. Of each kind and name, one at most is under way. */
export interface Job<K extends JobKind = JobKind> {
  id: number
  kind: K
  name: string
  /** A digest of the settings by which it is done. */
  settings: string
  state: JobState<K>
  epoch: number
  /** Whether all is made anew, whatever earlier jobs have left. */
  fresh: boolean
  /** Whether it is tried although the same has failed before. */
  insists: boolean
  /** The user who has asked for it, or `operator`. */
  askedBy: string
  cancelledBy: string | undefined
  asked: number
  started: number | undefined
  ended: number | undefined
  commit: string | undefined
  /** The first line of the commit's message. */
  subject: string | undefined
  /** The name under which the builder makes an image. */
  key: string | undefined
  /** How far it is, such as in a Dockerfile. */
  step: number | undefined
  steps: number | undefined
  image: string | undefined
  imageId: string | undefined
  problem: string | undefined
  /** Whether another try may succeed though nothing has changed. */
  passes: boolean
  /** The one who has asked for it again while it was under way. */
  again: string | undefined
}

/** A build of the image that the config names so. */
export type Build = Job<'image'>
/** A pull of the content of the course with this id. */
export type ContentPull = Job<'content'>

/** A hub's hold on a job. A write that changes no row means that it is lost: touch nothing more. */
export interface JobHold {
  id: number
  owner: string
  epoch: number
}

const ends: JobState[] = ['built', 'pulled', 'failed']
/** After so long a job that a hub has given back is open to that hub as well, since the others may not know of it. */
const returnedMilliseconds = 60_000

export function isUnderWay({ state }: Pick<Job, 'state'>): boolean {
  return !ends.includes(state)
}

export interface WantedJob<K extends JobKind> {
  kind: K
  name: string
  settings: string
  by: string
  fresh?: boolean
  insists: boolean
}

/** Returns the job of this kind and name that is under way, and makes a row for one where there is none. */
export async function wantJob<K extends JobKind>(
  db: Database,
  wanted: WantedJob<K>,
): Promise<{ job: Job<K>; isNew: boolean }> {
  const { kind, name, settings, by, fresh = false, insists } = wanted
  for (;;) {
    const [made]: JobRow[] = await db('jobs')
      .insert({
        ...{ kind, name, settings, fresh, insists, state: 'waiting', epoch: 0, passes: false },
        ...{ asked_by: storable(by, 64), asked: now(db) },
      })
      .onConflict()
      .ignore()
      .returning('*')
    if (made !== undefined) return { job: toJob(made), isNew: true }
    const row: JobRow | undefined = await db('jobs').where({ kind, name }).whereNotIn('state', ends).first()
    // That job may have ended in between.
    if (row !== undefined) return { job: toJob(row), isNew: false }
  }
}

/** Notes that a job is wanted again when it has ended, since what it does may be older by then. */
export async function wantAgain(db: Database, id: number, by: string): Promise<void> {
  await db('jobs')
    .where({ id })
    .whereNotIn('state', [...ends, 'waiting'])
    .whereNull('again')
    .update({ again: storable(by, 64) })
}

export async function findJob<K extends JobKind>(db: Database, kind: K, id: number): Promise<Job<K> | undefined> {
  const row: JobRow | undefined = await db('jobs').where({ kind, id }).first()
  return row && toJob(row)
}

/** Returns the last job of this kind of each of these names. */
export async function latestJobs<K extends JobKind>(
  db: Database,
  kind: K,
  names: readonly string[],
): Promise<Map<string, Job<K>>> {
  const latest = db('jobs')
    .where({ kind })
    .where(isOneOf(db, 'name', JSON.stringify(names)))
    .groupBy('name')
    .max('id')
  const rows: JobRow[] = await db('jobs').whereIn('id', latest)
  return new Map(rows.map((row) => [row.name, toJob<K>(row)]))
}

/** Returns why the last build by this key has failed, if it has, and if another one would fail as well. */
export async function failureBefore(db: Database, { id, name, key }: { id: number; name: string; key: string }) {
  const row: JobRow | undefined = await db('jobs')
    .where({ kind: 'image', name, key })
    .where('id', '<', id)
    .whereNull('cancelled_by')
    .orderBy('id', 'desc')
    .first()
  return row?.state === 'failed' && !row.passes ? (row.problem ?? undefined) : undefined
}

/** Returns whether a job waits that this hub could take. */
export async function hasFreeJob(db: Database, me: string, busy: readonly number[]): Promise<boolean> {
  return (await free(db, me, busy).first('id')) !== undefined
}

/**
 * Takes jobs of this kind and these names that no living hub works on, the oldest first, as far as no more than `atOnce` are
 * under way at all hubs together.
 */
export async function takeJobs<K extends JobKind>(
  db: Database,
  me: string,
  { kind, names, busy, atOnce }: { kind: K; names: readonly string[]; busy: readonly number[]; atOnce: number },
): Promise<{ job: Job<K>; hold: JobHold }[]> {
  return db.transaction(async (trx) => {
    await lockJobs(trx)
    const [counted] = await trx('jobs')
      .where({ kind })
      .whereNotIn('state', ends)
      .whereIn('owner', liveHubs(trx))
      .whereNot((row) => row.where({ owner: me }).whereNotIn('id', busy))
      .count({ count: '*' })
    const room = atOnce - Number(counted?.count)
    if (room <= 0) return []
    const rows: JobRow[] = await free(trx, me, busy)
      .where({ kind })
      .where(isOneOf(trx, 'name', JSON.stringify(names)))
      .orderBy('id')
      .limit(room)
    const taken: { job: Job<K>; hold: JobHold }[] = []
    for (const { id, epoch, started } of rows) {
      const [row]: JobRow[] = await trx('jobs')
        .where({ id, epoch })
        .update({
          owner: me,
          epoch: epoch + 1,
          state: 'fetching',
          started: started ?? now(trx),
          step: null,
          steps: null,
        })
        .returning('*')
      if (row !== undefined) taken.push({ job: toJob(row), hold: { id, owner: me, epoch: row.epoch } })
    }
    return taken
  })
}

function free(db: Database, me: string, busy: readonly number[]) {
  const isOpenToMe = nowPlus(db, -returnedMilliseconds)
  return db('jobs')
    .whereNotIn('state', ends)
    .whereNotIn('id', busy)
    .where((row) => row.whereNull('owner').orWhere({ owner: me }).orWhereNotIn('owner', liveHubs(db)))
    .where((row) => row.whereNull('returned').orWhere('returned', '<', isOpenToMe).orWhereNotIn('id', triedBy(db, me)))
}

/** What changes while a job is under way. */
export interface JobProgressed<K extends JobKind = JobKind> {
  state?: JobState<K>
  settings?: string
  commit?: string | null
  subject?: string
  key?: string | null
  step?: number
  steps?: number
}

/** Writes under a hold, and returns the job. Undefined when the hold is lost. */
export async function writeJob(db: Database, hold: JobHold, held: JobProgressed): Promise<Job | undefined> {
  const columns = { ...held, ...(held.subject !== undefined && { subject: storable(held.subject, 200) }) }
  const row: JobRow | undefined =
    Object.keys(columns).length === 0
      ? await underHold(db, hold).first()
      : (await underHold(db, hold).update(columns).returning('*'))[0]
  return row && toJob(row)
}

/** Locks the job until the transaction ends. Undefined when the hold is lost. */
export async function lockJob(trx: Transaction, hold: JobHold): Promise<Job | undefined> {
  const row: JobRow | undefined = await forUpdate(trx, underHold(trx, hold).first())
  return row && toJob(row)
}

export type JobEnd =
  | { state: 'built'; image: string; imageId: string }
  | { state: 'pulled' }
  | { state: 'failed'; problem: string; passes: boolean }

/** Ends a job. Undefined when the hold is lost. */
export async function endJob(trx: Transaction, hold: JobHold, end: JobEnd): Promise<Job | undefined> {
  const { state } = end
  const columns =
    state === 'failed'
      ? { problem: storable(end.problem, 1000), passes: end.passes }
      : state === 'built' && { image: storable(end.image, 500), image_id: storable(end.imageId, 255) }
  const [row]: JobRow[] = await underHold(trx, hold)
    .update({ state, ...columns, owner: null, epoch: hold.epoch + 1, ended: now(trx) })
    .returning('*')
  return row && toJob(row)
}

/**
 * Leaves a job that this hub cannot do to the others. Returns whether that is so: false where each living hub has tried it,
 * or this one tries it for the second time, and where the hold is lost.
 */
export async function returnJob(trx: Transaction, hold: JobHold): Promise<boolean> {
  const { id, owner, epoch } = hold
  if ((await lockJob(trx, hold)) === undefined || (await hasTried(trx, id, owner))) return false
  await addTry(trx, id, owner)
  if ((await countUntried(trx, id)) === 0) return false
  const columns = { state: 'waiting', owner: null, epoch: epoch + 1, returned: now(trx) }
  return (await underHold(trx, hold).update(columns)) > 0
}

/**
 * Notes that the job of this name that is under way is not wanted any more, and returns it. The hub that has it ends it;
 * one that no hub has ends at once, with this problem.
 */
export async function cancelJob<K extends JobKind>(
  trx: Transaction,
  { kind, name, by, problem }: { kind: K; name: string; by: string; problem: string },
): Promise<Job<K> | undefined> {
  const [row]: JobRow[] = await trx('jobs')
    .where({ kind, name })
    .whereNotIn('state', ends)
    .update({ cancelled_by: storable(by, 64) })
    .returning('*')
  if (row === undefined) return undefined
  const { id, epoch } = row
  const [ended]: JobRow[] = await trx('jobs')
    .where({ id, epoch, state: 'waiting' })
    .update({ state: 'failed', problem, epoch: epoch + 1, ended: now(trx) })
    .returning('*')
  return toJob(ended ?? row)
}

/** Returns how many jobs of a kind wait and how many are being done. */
export async function countJobs(db: Database, kind: JobKind): Promise<{ waiting: number; working: number }> {
  const rows: { state: string }[] = await db('jobs').where({ kind }).whereNotIn('state', ends).select('state')
  const waiting = rows.filter(({ state }) => state === 'waiting').length
  return { waiting, working: rows.length - waiting }
}

/** Returns the names for which a job of this kind has waited longer than this. */
export async function waitingFor(db: Database, kind: JobKind, milliseconds: number): Promise<string[]> {
  const rows: { name: string }[] = await db('jobs')
    .where({ kind, state: 'waiting' })
    .where('asked', '<', nowPlus(db, -milliseconds))
    .select('name')
  return rows.map(({ name }) => name)
}

/** Returns the names for the builder of all builds that are under way. */
export async function keysUnderWay(db: Database): Promise<string[]> {
  const rows: { key: string }[] = await db('jobs').whereNotIn('state', ends).whereNotNull('key').select('key')
  return rows.map(({ key }) => key)
}

/** Removes jobs that have ended, but for the last `keep` of each kind and name. Returns their ids. */
export async function forgetJobs(db: Database, keep: number): Promise<number[]> {
  const rows: { id: number; kind: string; name: string }[] = await db('jobs')
    .whereIn('state', ends)
    .orderBy('id', 'desc')
    .select('id', 'kind', 'name')
  const byName = Map.groupBy(rows, ({ kind, name }) => `${kind} ${name}`)
  const old = [...byName.values()].flatMap((all) => all.slice(keep).map(({ id }) => id))
  const some = old.slice(0, 100)
  if (some.length > 0) await db('jobs').whereIn('id', some).delete()
  return some
}

function underHold(db: Database, { id, owner, epoch }: JobHold) {
  return db('jobs').where({ id, owner, epoch })
}

interface JobRow {
  id: number
  kind: string
  name: string
  settings: string
  state: string
  owner: string | null
  epoch: number
  fresh: boolean | number
  insists: boolean | number
  asked_by: string
  cancelled_by: string | null
  asked: number
  started: number | null
  ended: number | null
  commit: string | null
  subject: string | null
  key: string | null
  step: number | null
  steps: number | null
  image: string | null
  image_id: string | null
  problem: string | null
  passes: boolean | number
  again: string | null
}

function toJob<K extends JobKind>(row: JobRow): Job<K> {
  return {
    ...{ id: row.id, kind: row.kind as K, name: row.name, settings: row.settings, epoch: row.epoch },
    ...{
      state: row.state as JobState<K>,
      fresh: Boolean(row.fresh),
      insists: Boolean(row.insists),
      passes: Boolean(row.passes),
    },
    ...{ askedBy: row.asked_by, cancelledBy: row.cancelled_by ?? undefined },
    ...{ asked: Number(row.asked), started: timeOf(row.started), ended: timeOf(row.ended) },
    ...{ commit: row.commit ?? undefined, subject: row.subject ?? undefined, key: row.key ?? undefined },
    ...{ step: row.step ?? undefined, steps: row.steps ?? undefined },
    ...{ image: row.image ?? undefined, imageId: row.image_id ?? undefined, problem: row.problem ?? undefined },
    again: row.again ?? undefined,
  }
}

function timeOf(value: number | null): number | undefined {
  return value === null ? undefined : Number(value)
}
