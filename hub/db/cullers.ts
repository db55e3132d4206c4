/** By what limits cullers stop servers, as they say at the beginning of each of their rounds. */
import { type Database, now, nowPlus } from './dialect.ts'
import { prepared } from './prepared.ts'

export interface CullerLimits {
  idleSeconds: number
  /** 0 is no limit. */
  maxAgeSeconds: number
  /** From round to round. */
  everySeconds: number
}

interface Row {
  idle_seconds: number
  max_age_seconds: number
  every_seconds: number
  told: number
}

const forgottenMilliseconds = 30 * 86_400_000

/** Notes what a culler goes by in the round that it begins. Cullers with the same limits share a row. */
export async function noteLimits(db: Database, limits: CullerLimits): Promise<void> {
  const { idleSeconds: idle_seconds, maxAgeSeconds: max_age_seconds, everySeconds: every_seconds } = limits
  await db('cullers')
    .insert({ idle_seconds, max_age_seconds, every_seconds, told: now(db) })
    .onConflict(['idle_seconds', 'max_age_seconds', 'every_seconds'])
    .merge(['told'])
  await db('cullers').where('told', '<', nowPlus(db, -forgottenMilliseconds)).delete()
}

const allRows = prepared<[], (Row & { now: number })[]>((db) => db('cullers').select('*', { now: now(db) }))

/**
 * Returns the limits of the cullers that are at work, by which a server may be stopped first. Undefined when none has told
 * any within three of its rounds.
 */
export async function presentLimits(
  db: Database,
): Promise<Pick<CullerLimits, 'idleSeconds' | 'maxAgeSeconds'> | undefined> {
  const rows = await allRows(db)
  const present = rows.filter((row) => row.now - row.told <= 3000 * row.every_seconds + graceMilliseconds)
  if (present.length === 0) return undefined
  const ages = present.flatMap(({ max_age_seconds: age }) => (age > 0 ? [age] : []))
  return {
    idleSeconds: Math.min(...present.map((row) => row.idle_seconds)),
    maxAgeSeconds: ages.length === 0 ? 0 : Math.min(...ages),
  }
}

/** A round takes its time, and the first one after a start of the hub may be late. */
const graceMilliseconds = 60_000

/** Returns when a culler has last told its limits, and whether they count still. Undefined when none ever has. */
export async function lastTold(db: Database): Promise<{ at: number; isPresent: boolean } | undefined> {
  const rows = await allRows(db)
  if (rows.length === 0) return undefined
  return { at: Math.max(...rows.map(({ told }) => told)), isPresent: (await presentLimits(db)) !== undefined }
}
