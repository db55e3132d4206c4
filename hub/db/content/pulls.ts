/** When the content of each course is looked for anew, and why that has failed. */
import { type Database, now, nowPlus, storable, type Transaction } from '../dialect.ts'

export interface PullPlan {
  /** The id of the course. */
  course: string
  /** A digest of what the course says of its content. */
  settings: string
  /** When the next pull is due by itself; undefined where none is. */
  due: number | undefined
  /** Whether it is due by the database's clock. */
  isDue: boolean
  /** When the repository was last asked with success. */
  checked: number | undefined
  /** How many pulls have failed since. */
  failures: number
  /** Why the last one has failed. */
  problem: string | undefined
}

interface Row {
  course: string
  settings: string
  due: number | null
  checked: number | null
  failures: number
  problem: string | null
  now: number
}

export async function listPullPlans(db: Database): Promise<Map<string, PullPlan>> {
  const rows: Row[] = await db('pulls').select('*', { now: now(db) })
  return new Map(rows.map((row) => [row.course, toPlan(row)]))
}

export async function findPullPlan(db: Database, course: string): Promise<PullPlan | undefined> {
  const row: Row | undefined = await db('pulls')
    .where({ course })
    .first('*', { now: now(db) })
  return row && toPlan(row)
}

/** Returns of how many courses the last pull has failed. */
export async function countFailing(db: Database): Promise<number> {
  const [counted] = await db('pulls').where('failures', '>', 0).count({ count: '*' })
  return Number(counted?.count ?? 0)
}

/** Writes that a pull of the course is due at once. */
export async function planPull(db: Database, course: string, settings: string): Promise<void> {
  await db('pulls')
    .insert({ course, settings, due: now(db), failures: 0 })
    .onConflict('course')
    .merge({ settings, due: now(db) })
}

/** Writes how a pull has ended, and in how many milliseconds the next one is due; undefined for never. */
export async function notePull(
  trx: Transaction,
  {
    course,
    settings,
    problem,
    dueIn,
  }: { course: string; settings: string; problem?: string; dueIn: number | undefined },
): Promise<void> {
  const due = dueIn === undefined ? null : nowPlus(trx, dueIn)
  const own =
    problem === undefined
      ? { problem: null, failures: 0, checked: now(trx) }
      : { problem: storable(problem, 1000), failures: trx.raw('pulls.failures + 1') }
  await trx('pulls')
    .insert({ course, settings, due, ...own, failures: problem === undefined ? 0 : 1 })
    .onConflict('course')
    .merge({ settings, due, ...own })
}

/** Writes in how many milliseconds the next pull is due, of a course whose last one says nothing of its repository. */
export async function postponePull(db: Database, course: string, milliseconds: number | undefined): Promise<void> {
  await db('pulls')
    .where({ course })
    .update({ due: milliseconds === undefined ? null : nowPlus(db, milliseconds) })
}

export async function removePullPlan(trx: Transaction, course: string): Promise<void> {
  await trx('pulls').where({ course }).delete()
}

function toPlan({ due, checked, problem, now: clock, ...row }: Row): PullPlan {
  return {
    ...row,
    due: due === null ? undefined : Number(due),
    isDue: due !== null && Number(due) <= Number(clock),
    checked: checked === null ? undefined : Number(checked),
    problem: problem ?? undefined,
  }
}
