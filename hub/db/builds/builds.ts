import { type Database, forUpdate, isOneOf, lockBuilds, now, storable, type Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'

/** The states of a build in their order; it ends as `built` or `failed`. */
export type BuildState = 'waiting' | 'fetching' | 'building' | 'pushing' | 'built' | 'failed'

/** One build of the image that the config names so. Of each name, one at most is under way. */
export interface Build {
  id: number
  name: string
  /** A digest of the settings by which it is made. */
  settings: string
  state: BuildState
  epoch: number
  /** Whether all is made anew, whatever earlier builds have left. */
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
  /** The name under which the builder makes it. */
  key: string | undefined
  /** How far it is in its Dockerfile. */
  step: number | undefined
  steps: number | undefined
  image: string | undefined
  imageId: string | undefined
  problem: string | undefined
  /** Whether another try may succeed though nothing has changed. */
  passes: boolean
}

/** A hub's hold on a build. A write that changes no row means that it is lost: touch nothing more. */
export interface BuildHold {
  id: number
  owner: string
  epoch: number
}

const ends = ['built', 'failed']

export function isUnderWay({ state }: Pick<Build, 'state'>): boolean {
  return !ends.includes(state)
}

export interface WantedBuild {
  name: string
  settings: string
  by: string
  fresh: boolean
  insists: boolean
}

/** Returns the build of this name that is under way, and makes a row for one where there is none. */
export async function wantBuild(db: Database, wanted: WantedBuild): Promise<{ build: Build; isNew: boolean }> {
  const { name, settings, by, fresh, insists } = wanted
  for (;;) {
    const [made]: BuildRow[] = await db('builds')
      .insert({
        ...{ name, settings, fresh, insists, state: 'waiting', epoch: 0, passes: false },
        ...{ asked_by: storable(by, 64), asked: now(db) },
      })
      .onConflict()
      .ignore()
      .returning('*')
    if (made !== undefined) return { build: toBuild(made), isNew: true }
    const row: BuildRow | undefined = await db('builds').where({ name }).whereNotIn('state', ends).first()
    // That build may have ended in between.
    if (row !== undefined) return { build: toBuild(row), isNew: false }
  }
}

export async function findBuild(db: Database, id: number): Promise<Build | undefined> {
  const row: BuildRow | undefined = await db('builds').where({ id }).first()
  return row && toBuild(row)
}

/** Returns the last build of each of these names. */
export async function latestBuilds(db: Database, names: readonly string[]): Promise<Map<string, Build>> {
  const latest = db('builds')
    .where(isOneOf(db, 'name', JSON.stringify(names)))
    .groupBy('name')
    .max('id')
  const rows: BuildRow[] = await db('builds').whereIn('id', latest)
  return new Map(rows.map((row) => [row.name, toBuild(row)]))
}

/** Returns why the last build by this key has failed, if it has, and if another one would fail as well. */
export async function failureBefore(db: Database, { id, name, key }: { id: number; name: string; key: string }) {
  const row: BuildRow | undefined = await db('builds')
    .where({ name, key })
    .where('id', '<', id)
    .whereNull('cancelled_by')
    .orderBy('id', 'desc')
    .first()
  return row?.state === 'failed' && !row.passes ? (row.problem ?? undefined) : undefined
}

/** Returns whether a build waits that this hub could take. */
export async function hasFreeBuild(db: Database, me: string, busy: readonly number[]): Promise<boolean> {
  return (await free(db, me, busy).first('id')) !== undefined
}

/**
 * Takes builds of these names that no living hub works on, the oldest first, as far as no more than `atOnce` are under way
 * at all hubs together.
 */
export async function takeBuilds(
  db: Database,
  me: string,
  { names, busy, atOnce }: { names: readonly string[]; busy: readonly number[]; atOnce: number },
): Promise<{ build: Build; hold: BuildHold }[]> {
  return db.transaction(async (trx) => {
    await lockBuilds(trx)
    const [counted] = await trx('builds')
      .whereNotIn('state', ends)
      .whereIn('owner', liveHubs(trx))
      .whereNot((row) => row.where({ owner: me }).whereNotIn('id', busy))
      .count({ count: '*' })
    const room = atOnce - Number(counted?.count)
    if (room <= 0) return []
    const rows: BuildRow[] = await free(trx, me, busy)
      .where(isOneOf(trx, 'name', JSON.stringify(names)))
      .orderBy('id')
      .limit(room)
    const taken: { build: Build; hold: BuildHold }[] = []
    for (const { id, epoch, started } of rows) {
      const [row]: BuildRow[] = await trx('builds')
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
      if (row !== undefined) taken.push({ build: toBuild(row), hold: { id, owner: me, epoch: row.epoch } })
    }
    return taken
  })
}

function free(db: Database, me: string, busy: readonly number[]) {
  return db('builds')
    .whereNotIn('state', ends)
    .whereNotIn('id', busy)
    .where((row) => row.whereNull('owner').orWhere({ owner: me }).orWhereNotIn('owner', liveHubs(db)))
}

/** What changes while a build is under way. */
export interface BuildProgressed {
  state?: BuildState
  settings?: string
  commit?: string | null
  subject?: string
  key?: string | null
  step?: number
  steps?: number
}

/** Writes under a hold, and returns the build. Undefined when the hold is lost. */
export async function writeBuild(db: Database, hold: BuildHold, held: BuildProgressed): Promise<Build | undefined> {
  const columns = { ...held, ...(held.subject !== undefined && { subject: storable(held.subject, 200) }) }
  const row: BuildRow | undefined =
    Object.keys(columns).length === 0
      ? await underHold(db, hold).first()
      : (await underHold(db, hold).update(columns).returning('*'))[0]
  return row && toBuild(row)
}

/** Locks the build until the transaction ends. Undefined when the hold is lost. */
export async function lockBuild(trx: Transaction, hold: BuildHold): Promise<Build | undefined> {
  const row: BuildRow | undefined = await forUpdate(trx, underHold(trx, hold).first())
  return row && toBuild(row)
}

export type BuildEnd = { image: string; imageId: string } | { problem: string; passes: boolean }

/** Ends a build. Undefined when the hold is lost. */
export async function endBuild(trx: Transaction, hold: BuildHold, end: BuildEnd): Promise<Build | undefined> {
  const columns =
    'image' in end
      ? { state: 'built', image: storable(end.image, 500), image_id: storable(end.imageId, 255) }
      : { state: 'failed', problem: storable(end.problem, 1000), passes: end.passes }
  const [row]: BuildRow[] = await underHold(trx, hold)
    .update({ ...columns, owner: null, epoch: hold.epoch + 1, ended: now(trx) })
    .returning('*')
  return row && toBuild(row)
}

/**
 * Notes that the build of this name that is under way is not wanted any more, and returns it. The hub that has it ends it;
 * one that no hub has ends at once.
 */
export async function cancelBuild(trx: Transaction, name: string, by: string): Promise<Build | undefined> {
  const [row]: BuildRow[] = await trx('builds')
    .where({ name })
    .whereNotIn('state', ends)
    .update({ cancelled_by: storable(by, 64) })
    .returning('*')
  if (row === undefined) return undefined
  const { id, epoch } = row
  const [ended]: BuildRow[] = await trx('builds')
    .where({ id, epoch, state: 'waiting' })
    .update({ state: 'failed', problem: cancelledText, epoch: epoch + 1, ended: now(trx) })
    .returning('*')
  return toBuild(ended ?? row)
}

export const cancelledText = 'The build was cancelled.'

/** Returns how many builds wait and how many are being made. */
export async function countBuilds(db: Database): Promise<{ waiting: number; working: number }> {
  const rows: { state: string }[] = await db('builds').whereNotIn('state', ends).select('state')
  const waiting = rows.filter(({ state }) => state === 'waiting').length
  return { waiting, working: rows.length - waiting }
}

/** Returns the names for the builder of all builds that are under way. */
export async function keysUnderWay(db: Database): Promise<string[]> {
  const rows: { key: string }[] = await db('builds').whereNotIn('state', ends).whereNotNull('key').select('key')
  return rows.map(({ key }) => key)
}

/** Removes builds that have ended, but for the last `keep` of each name. Returns their ids. */
export async function forgetBuilds(db: Database, keep: number): Promise<number[]> {
  const rows: { id: number; name: string }[] = await db('builds')
    .whereIn('state', ends)
    .orderBy('id', 'desc')
    .select('id', 'name')
  const old = [...Map.groupBy(rows, ({ name }) => name).values()].flatMap((all) => all.slice(keep).map(({ id }) => id))
  const some = old.slice(0, 100)
  if (some.length > 0) await db('builds').whereIn('id', some).delete()
  return some
}

function underHold(db: Database, { id, owner, epoch }: BuildHold) {
  return db('builds').where({ id, owner, epoch })
}

interface BuildRow {
  id: number
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
}

function toBuild(row: BuildRow): Build {
  return {
    ...{ id: row.id, name: row.name, settings: row.settings, epoch: row.epoch },
    ...{
      state: row.state as BuildState,
      fresh: Boolean(row.fresh),
      insists: Boolean(row.insists),
      passes: Boolean(row.passes),
    },
    ...{ askedBy: row.asked_by, cancelledBy: row.cancelled_by ?? undefined },
    ...{ asked: Number(row.asked), started: timeOf(row.started), ended: timeOf(row.ended) },
    ...{ commit: row.commit ?? undefined, subject: row.subject ?? undefined, key: row.key ?? undefined },
    ...{ step: row.step ?? undefined, steps: row.steps ?? undefined },
    ...{ image: row.image ?? undefined, imageId: row.image_id ?? undefined, problem: row.problem ?? undefined },
  }
}

function timeOf(value: number | null): number | undefined {
  return value === null ? undefined : Number(value)
}
