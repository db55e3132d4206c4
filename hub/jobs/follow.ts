import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '../../words/text.ts'
import type { Database } from '../db/dialect.ts'
import { findJob, isUnderWay, type Job, type JobKind, type JobState } from '../db/jobs/jobs.ts'
import { lastOfLog, readLog } from '../db/jobs/logs.ts'

/** What is said of the jobs of one kind. */
export interface JobWords<K extends JobKind> {
  kind: K
  percentOf(job: Job<K>): number
  /** Returns how far the job is, in words for staff. */
  textOf(job: Job<K>): Text
  /** Returns what comes after all that a job that has ended has printed. */
  lastLineOf(job: Job<K>): string
}

/** One event of a job, as programs and pages get it. */
export interface ToldOfJob {
  /** The part of the log after which a reader may go on; undefined where the event is of no part. */
  part?: number
  phase: JobState
  /** Lines, each with its end. */
  message: string
  percent: number
  /** How far the job is, in words for staff. */
  status: Text
  /** Whether nothing comes after it. */
  isLast?: boolean
}

const pollMilliseconds = 500

/**
 * Yields what a job has printed after a part of its log, and what it goes on to print, until it has ended. Any hub can
 * follow, since all comes from the database. Yields undefined where nothing has come for a moment.
 */
export async function* followJob<K extends JobKind>(
  db: Database,
  words: JobWords<K>,
  id: number,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<ToldOfJob | undefined> {
  let [part, said] = [after, '']
  while (!signal.aborted) {
    // The row is read first, so that a job that is seen ended has printed all.
    const job = await findJob(db, words.kind, id)
    if (job === undefined) return
    const [percent, status] = [words.percentOf(job), words.textOf(job)]
    const printed = await readLog(db, id, part)
    for (const one of printed) {
      const gap = one.part > part + 1 ? '[the middle of this log was too long, and is left out]\n' : ''
      part = one.part
      const message = gap + one.text
      yield { part, phase: one.phase, message, percent, status }
    }
    if (printed.length > 0) continue
    if (!isUnderWay(job)) {
      yield { part, phase: job.state, message: words.lastLineOf(job), percent, status, isLast: true }
      return
    }
    const now = `${status} ${percent}`
    yield now === said ? undefined : { phase: job.state, message: '', percent, status }
    said = now
    await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

/** Returns what is kept of a job's log, as one text, as far as this part. */
export async function wholeLog(db: Database, id: number, until?: number): Promise<string> {
  const end = until ?? (await lastOfLog(db, id))?.part ?? 0
  let text = ''
  for (let part = 0; part < end; ) {
    const printed = (await readLog(db, id, part)).filter((one) => one.part <= end)
    if (printed.length === 0) break
    for (const one of printed) {
      if (one.part > part + 1) text += '[the middle of this log was too long, and is left out]\n'
      text += one.text
      part = one.part
    }
  }
  return text
}
