import { type Database, storable, type Transaction } from '../dialect.ts'
import type { JobState } from './jobs.ts'

/** What a job has printed in one of its phases, a few lines at a time. */
export interface LogPart {
  /** From 1 upwards. A number that is missing means that parts were left out there. */
  part: number
  phase: JobState
  /** Whole lines, each with its end. */
  text: string
}

/** The most bytes of a job's log that are kept, half of them of its beginning, half of its end. */
export const mostLogBytes = 2 ** 20

/** Appends to the log of a job that the transaction has locked, and returns how many bytes that is. */
export async function appendLog(
  trx: Transaction,
  job: number,
  { phase, text }: Omit<LogPart, 'part'>,
): Promise<number> {
  const last = await lastOfLog(trx, job)
  const kept = storable(text, mostLogBytes)
  const bytes = Buffer.byteLength(kept)
  await trx('logs').insert({ job, part: (last?.part ?? 0) + 1, phase, text: kept, bytes })
  return bytes
}

/**
 * Leaves out the middle of a log that is too long, and returns how many bytes are left. As much of the beginning stays as
 * of the end, and there is room for a while then.
 */
export async function trimLog(trx: Transaction, job: number): Promise<number> {
  const parts: { part: number; bytes: number }[] = await trx('logs')
    .where({ job })
    .orderBy('part')
    .select('part', 'bytes')
  let sum = parts.reduce((all, { bytes }) => all + bytes, 0)
  if (sum <= mostLogBytes) return sum
  let first = 0
  // What comes after a gap is no beginning.
  const middle = parts.slice(0, -1).filter(({ part, bytes }, index) => {
    first += bytes
    return part !== index + 1 || first > mostLogBytes / 2
  })
  const leaving = middle.filter(({ bytes }) => {
    const isLeaving = sum > (mostLogBytes * 7) / 8
    if (isLeaving) sum -= bytes
    return isLeaving
  })
  await trx('logs')
    .where({ job })
    .whereIn(
      'part',
      leaving.map(({ part }) => part),
    )
    .delete()
  return sum
}

/** Returns some parts of a job's log after this one. */
export async function readLog(db: Database, job: number, after: number, limit = 50): Promise<LogPart[]> {
  return db('logs')
    .where({ job })
    .where('part', '>', after)
    .orderBy('part')
    .limit(limit)
    .select('part', 'phase', 'text')
}

/** Returns the last part of a job's log; undefined where it has printed nothing. */
export async function lastOfLog(db: Database, job: number): Promise<LogPart | undefined> {
  return db('logs').where({ job }).orderBy('part', 'desc').first('part', 'phase', 'text')
}

export async function forgetLogs(db: Database, jobs: readonly number[]): Promise<void> {
  if (jobs.length > 0) await db('logs').whereIn('job', jobs).delete()
}
