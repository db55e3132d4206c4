/** What became of the spares of each course: how many starts took one, and why the last start of one failed. */
import type { Text } from '../../../words/text.ts'
import { type Database, now, storable, type Transaction } from '../dialect.ts'

/** What a start of a course with spares found. `others` had other settings than the spares. */
export type SpareUse = 'hits' | 'misses' | 'others'

export interface SparesOfCourse extends Record<SpareUse, number> {
  course: string
  /** Starts that failed since the last spare was ready. */
  failures: number
  /** Milliseconds since the last of these, by the database's clock. */
  failedAge: number | undefined
  failure: string | undefined
  failureDetail: string | undefined
}

/** The spares of a course, as its staff see them. */
export interface SparePool {
  /** How many there are to be now. */
  wanted: number
  /** Why there are none, in a sentence, although the course says some. */
  none: Text | undefined
  ready: number
  /** How many wait in the queue or start. */
  coming: number
  /** Seconds since the oldest one is ready. */
  oldestSeconds: number | undefined
  /** Starts that took one, that found none, and that wanted other settings than spares have. */
  hits: number
  misses: number
  others: number
  /** Why the last starts of spares failed, if none is ready since. */
  problem: { failures: number; seconds: number; failure: string; detail: string | undefined } | undefined
}

/** Adds to the counts of courses. */
export async function addSpareUses(db: Database, uses: ReadonlyMap<string, Record<SpareUse, number>>): Promise<void> {
  // In one order everywhere, so that two hubs never wait for each other in turn.
  for (const [course, counted] of [...uses].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { hits, misses, others } = counted
    await db('spares')
      .insert({ course, hits, misses, others })
      .onConflict('course')
      .merge({
        hits: db.raw('spares.hits + excluded.hits'),
        misses: db.raw('spares.misses + excluded.misses'),
        others: db.raw('spares.others + excluded.others'),
      })
  }
}

/** Notes that a spare of the course could not be started, or ended by itself. */
export async function noteSpareFailure(
  trx: Transaction,
  course: string,
  { failure, failureDetail }: { failure: string | undefined; failureDetail: string | undefined },
): Promise<void> {
  await trx('spares')
    .insert({
      course,
      failures: 1,
      failed: now(trx),
      failure: storable(failure ?? '', 500),
      failure_detail: failureDetail === undefined ? null : storable(failureDetail, 10_000),
    })
    .onConflict('course')
    .merge({
      failures: trx.raw('spares.failures + 1'),
      failed: trx.raw('excluded.failed'),
      failure: trx.raw('excluded.failure'),
      failure_detail: trx.raw('excluded.failure_detail'),
    })
}

/** Forgets the failures of a course of which a spare has become ready. */
export async function forgetSpareFailures(db: Database, course: string): Promise<void> {
  const none = { failures: 0, failed: null, failure: null, failure_detail: null }
  await db('spares').where({ course }).where('failures', '>', 0).update(none)
}

/** Returns what is known of courses that have or had spares, by their slugs. */
export async function knownOfSpares(db: Database): Promise<Map<string, SparesOfCourse>> {
  const rows: SparesRow[] = await db('spares').select('*', { now: now(db) })
  return new Map(
    rows.map((row) => [
      row.course,
      {
        course: row.course,
        hits: Number(row.hits),
        misses: Number(row.misses),
        others: Number(row.others),
        failures: row.failures,
        failedAge: row.failed === null ? undefined : Math.max(0, Number(row.now) - Number(row.failed)),
        failure: row.failure ?? undefined,
        failureDetail: row.failure_detail ?? undefined,
      },
    ]),
  )
}

interface SparesRow {
  course: string
  hits: number | string
  misses: number | string
  others: number | string
  failures: number
  failed: number | string | null
  failure: string | null
  failure_detail: string | null
  now: number | string
}
