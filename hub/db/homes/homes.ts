import type { SpawnerState } from '../../../spawners/files.ts'
import { type Database, forUpdate, isOneOf, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { newId } from '../ids.ts'

/**
 * `making`: the row is there, the object perhaps not yet. `ready`: both are there. `found`: the object is there, and what
 * the row says is from its labels only. `deleting`: the object goes, and nothing brings it back.
 */
export type HomeState = 'making' | 'ready' | 'found' | 'deleting'

/** Who has a home: one run of a server, or an errand. */
export type Holder = { server: string; run: number } | { errand: string }

export interface Home {
  id: string
  /** The key of the account, as `hub/homes/account.ts` makes it. */
  account: string
  /** The id of the course; empty for a home for all courses of a person. */
  course: string
  /** The user's name when the home was last opened, for people's eyes. Empty for a home of which only labels are known. */
  name: string
  state: HomeState
  spawnerState: SpawnerState | undefined
  /** Bytes that the home may hold, as the course said when it was last opened. */
  size: number | undefined
  /** Bytes in the home when it was last measured, and when that was. */
  bytes: number | undefined
  measured: number | undefined
  created: number
  lastUsed: number
  holder: Holder | undefined
  /** When the home is to be removed, by whom that was said, and why. Absent when it stays. */
  removeAt: number | undefined
  removedBy: string | undefined
  reason: string | undefined
}

/** The person and the course of a home. */
export type HomeKey = Pick<Home, 'account' | 'course'>

const livingStates: readonly HomeState[] = ['making', 'ready']

export async function findHome(db: Database, id: string): Promise<Home | undefined> {
  const row: HomeRow | undefined = await db('homes').where({ id }).first()
  return row && toHome(row)
}

/** Returns the home and holds its row until the transaction ends. */
export async function lockHome(trx: Transaction, id: string): Promise<Home | undefined> {
  const row: HomeRow | undefined = await forUpdate(trx, trx('homes').where({ id }).first())
  return row && toHome(row)
}

export async function findHomes(db: Database, ids: string[]): Promise<Map<string, Home>> {
  const rows: HomeRow[] = await db('homes').where(isOneOf(db, 'id', JSON.stringify(ids)))
  return new Map(rows.map((row) => [row.id, toHome(row)]))
}

/**
 * Returns the home of this account in this course, also one of which only labels are known; undefined where there is none,
 * or it is on its way out.
 */
export async function findHomeOf(db: Database, { account, course }: HomeKey): Promise<Home | undefined> {
  const rows: HomeRow[] = await db('homes')
    .where({ account, course })
    .whereIn('state', [...livingStates, 'found'])
  const row = rows.find(({ state }) => state !== 'found') ?? rows[0]
  return row && toHome(row)
}

/** So few ids that a statement with them holds SQLite's thread for a moment only. */
const batch = 500

/** Returns the ids among these that have no row. */
export async function idsWithoutRow(db: Database, ids: string[]): Promise<Set<string>> {
  const left = new Set(ids)
  for (let i = 0; i < ids.length; i += batch) {
    const some = JSON.stringify(ids.slice(i, i + batch))
    const known: string[] = await db('homes')
      .where(isOneOf(db, 'id', some))
      .pluck('id')
    for (const id of known) left.delete(id)
  }
  return left
}

/** Returns the home of this account in this course, and holds its row until the transaction ends. */
export async function lockLiving(trx: Transaction, { account, course }: HomeKey): Promise<Home | undefined> {
  const row: HomeRow | undefined = await forUpdate(
    trx,
    trx('homes').where({ account, course }).whereIn('state', livingStates).first(),
  )
  return row && toHome(row)
}

/** Returns whether a home of this account in this course is on its way out. */
export async function isBeingDeleted(trx: Transaction, { account, course }: HomeKey): Promise<boolean> {
  return (await trx('homes').where({ account, course, state: 'deleting' }).first('id')) !== undefined
}

/** Returns the homes of this account in this course of which only labels are known, and holds their rows. */
export async function lockFound(trx: Transaction, { account, course }: HomeKey): Promise<Home[]> {
  return (await forUpdate(trx, trx('homes').where({ account, course, state: 'found' }))).map(toHome)
}

/** Makes the row of a new home. Undefined when the account has one in this course by now. */
export async function addHome(
  trx: Transaction,
  home: HomeKey & { name: string; size: number | undefined },
): Promise<Home | undefined> {
  const { account, course, name, size } = home
  const [row]: HomeRow[] = await trx('homes')
    .insert({
      ...{ id: newId(), account, course, name: storable(name, 400), size: size ?? null, state: 'making' },
      ...{ created: now(trx), last_used: now(trx) },
    })
    .onConflict()
    .ignore()
    .returning('*')
  return row && toHome(row)
}

/** Writes that the home has been opened, as which it stays, and takes a removal back. */
export async function openHome(
  trx: Transaction,
  id: string,
  { name, size }: { name: string; size: number | undefined },
): Promise<void> {
  await trx('homes')
    .where({ id })
    .update({ name: storable(name, 400), size: size ?? null, last_used: now(trx), ...staying })
}

/** Writes a row for an object that has none. Does nothing where there is one by now. */
export async function addFound(db: Database, home: HomeKey & { id: string; state: SpawnerState }): Promise<boolean> {
  const { id, account, course, state } = home
  const rows = await db('homes')
    .insert({
      ...{ id, account: storable(account, 255), course: storable(course, 63), name: '', state: 'found' },
      ...{ spawner_state: JSON.stringify(state), created: now(db), last_used: now(db) },
    })
    .onConflict()
    .ignore()
    .returning('id')
  return rows.length > 0
}

/** Makes a home that has lost its row or its account one of its account again, or of another. */
export async function adoptFound(trx: Transaction, id: string, { account, name }: { account: string; name: string }) {
  await trx('homes')
    .where({ id })
    .whereIn('state', ['found', 'ready'])
    .update({ account, name: storable(name, 400), state: 'ready', last_used: now(trx), ...staying })
}

/** Deletes rows of found homes whose objects are gone. `there` are the ids of those that are not. */
export async function forgetFound(db: Database, there: ReadonlySet<string>): Promise<void> {
  const found: string[] = await db('homes').where({ state: 'found' }).pluck('id')
  const gone = found.filter((id) => !there.has(id))
  if (gone.length > 0) await db('homes').whereIn('id', gone).where({ state: 'found' }).delete()
}

/** Writes that the object is there. */
export async function homeMade(db: Database, id: string, state: SpawnerState): Promise<void> {
  await db('homes')
    .where({ id })
    .whereIn('state', livingStates)
    .update({ state: 'ready', spawner_state: JSON.stringify(state) })
}

/** Gives a home that nobody has to a run or an errand. Returns false when another has it, or it is on its way out. */
export async function takeHome(trx: Transaction, id: string, holder: Holder): Promise<boolean> {
  const changed = await trx('homes')
    .where({ id, holder: null })
    .whereIn('state', livingStates)
    .update({ ...holderColumns(holder), last_used: now(trx) })
  return changed === 1
}

/** Writes that a run and every older one of its server, or an errand, is gone, so that its home is free. */
export async function leaveHome(trx: Transaction, holder: Holder): Promise<void> {
  const { holder: id, holder_run } = holderColumns(holder)
  const held = trx('homes').where({ holder: id })
  if (holder_run === null) held.whereNull('holder_run')
  else held.where('holder_run', '<=', holder_run)
  await held.update({ holder: null, holder_run: null, last_used: now(trx) })
}

/** Frees one home, whatever has it. */
export async function freeHome(trx: Transaction, id: string): Promise<void> {
  await trx('homes').where({ id }).update({ holder: null, holder_run: null })
}

/** Gives all found homes that nobody has to this holder. */
export async function takeFound(db: Database, { errand }: { errand: string }): Promise<void> {
  await db('homes').where({ state: 'found', holder: null }).update({ holder: errand })
}

function holderColumns(holder: Holder): { holder: string; holder_run: number | null } {
  return 'server' in holder
    ? { holder: holder.server, holder_run: holder.run }
    : { holder: holder.errand, holder_run: null }
}

/** Has the home removed so many milliseconds from now. Does nothing to a home that goes already. */
export async function planRemoval(
  trx: Transaction,
  which: { id: string } | { account: string },
  { by, reason, milliseconds }: { by: string; reason: string; milliseconds: number },
): Promise<Home[]> {
  const rows: HomeRow[] = await trx('homes')
    .where(which)
    .whereIn('state', [...livingStates, 'found'])
    .update({ remove_at: nowPlus(trx, milliseconds), removed_by: by, reason: storable(reason, 300) })
    .returning('*')
  return rows.map(toHome)
}

const staying = { remove_at: null, removed_by: null, reason: null }

/** Takes a removal back. Undefined when none was planned, or the home goes already. */
export async function takeRemovalBack(trx: Transaction, id: string): Promise<Home | undefined> {
  const [row]: HomeRow[] = await trx('homes')
    .where({ id })
    .whereNotNull('remove_at')
    .whereNot({ state: 'deleting' })
    .update(staying)
    .returning('*')
  return row && toHome(row)
}

/**
 * Moves homes whose time has come to `deleting`, unless a run or an errand has them or a server waits for them. Returns
 * all that are in this state, 20 at most.
 */
export async function beginDeletions(db: Database): Promise<Home[]> {
  await db('homes')
    .where('remove_at', '<=', now(db))
    .whereNot({ state: 'deleting' })
    .whereNull('holder')
    .whereNotExists(
      db('servers')
        .whereRaw('servers.home = homes.id')
        .whereNotIn('servers.state', ['stopped', 'failed'])
        .select('servers.id'),
    )
    .update({ state: 'deleting' })
  const rows: HomeRow[] = await db('homes').where({ state: 'deleting' }).orderBy('remove_at').limit(20)
  return rows.map(toHome)
}

/** Deletes the row of a home whose object is gone. Returns false when another hub has done so. */
export async function deleteHome(trx: Transaction, id: string): Promise<boolean> {
  await trx('servers').where({ home: id }).update({ home: null })
  return (await trx('homes').where({ id, state: 'deleting' }).delete()) === 1
}

/** Writes how much a home holds; undefined when that could not be told now. */
export async function noteSize(db: Database, id: string, bytes: number | undefined): Promise<void> {
  await db('homes')
    .where({ id })
    .update({ bytes: bytes ?? null, measured: now(db) })
}

/** Returns homes that lie still and were not measured since they were used last, 20 at most. */
export async function homesToMeasure(db: Database): Promise<Home[]> {
  const rows: HomeRow[] = await db('homes')
    .where({ state: 'ready', holder: null })
    .whereNotNull('spawner_state')
    .where((row) => row.whereNull('measured').orWhereRaw('measured < last_used'))
    .orderBy('last_used')
    .limit(20)
  return rows.map(toHome)
}

/** Returns homes of a course that nothing has and nobody has used since this time, and that stay so far: 100 at most. */
export async function unusedHomes(
  db: Database,
  { course, before }: { course: string; before: number },
): Promise<Home[]> {
  const rows: HomeRow[] = await db('homes')
    .where({ course, state: 'ready', holder: null, remove_at: null })
    .where('last_used', '<', before)
    .orderBy('last_used')
    .limit(100)
  return rows.map(toHome)
}

/** Returns those of these servers whose run has a home for all courses of its user, whatever the config says by now. */
export async function serversWithWideHome(db: Database, servers: string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await db('servers')
    .join('homes', 'homes.id', 'servers.home')
    .where('homes.course', '')
    .where(isOneOf(db, 'servers.id', JSON.stringify(servers)))
    .select('servers.id')
  return new Set(rows.map(({ id }) => id))
}

/** Returns the homes of an account, in all courses. */
export async function homesOfAccount(db: Database, account: string): Promise<Home[]> {
  const rows: HomeRow[] = await db('homes').where({ account }).orderBy('course')
  return rows.map(toHome)
}

/** Returns how many homes an account has. */
export async function countHomesOf(db: Database, account: string): Promise<number> {
  const [row] = await db('homes').where({ account }).count({ count: '*' })
  return Number(row?.count)
}

/** Returns how many homes each course has, by its id. */
export async function countHomes(db: Database): Promise<Map<string, number>> {
  const rows: { course: string; count: number | string }[] = await db('homes')
    .groupBy('course')
    .select('course')
    .count({ count: '*' })
  return new Map(rows.map(({ course, count }) => [course, Number(count)]))
}

export interface HomeRow {
  id: string
  account: string
  course: string
  name: string
  state: HomeState
  spawner_state: string | null
  size: number | null
  bytes: number | null
  measured: number | null
  created: number
  last_used: number
  holder: string | null
  holder_run: number | null
  remove_at: number | null
  removed_by: string | null
  reason: string | null
}

export function toHome(row: HomeRow): Home {
  return {
    id: row.id,
    account: row.account,
    course: row.course,
    name: row.name,
    state: row.state,
    spawnerState: row.spawner_state === null ? undefined : JSON.parse(row.spawner_state),
    size: row.size ?? undefined,
    bytes: row.bytes ?? undefined,
    measured: row.measured ?? undefined,
    created: row.created,
    lastUsed: row.last_used,
    holder: toHolder(row),
    removeAt: row.remove_at ?? undefined,
    removedBy: row.removed_by ?? undefined,
    reason: row.reason ?? undefined,
  }
}

function toHolder({ holder, holder_run }: Pick<HomeRow, 'holder' | 'holder_run'>): Holder | undefined {
  if (holder === null) return undefined
  return holder_run === null ? { errand: holder } : { server: holder, run: holder_run }
}
