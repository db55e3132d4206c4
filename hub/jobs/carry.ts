import type { Transaction } from '../db/dialect.ts'
import { endJob, type Job, type JobEnd, type JobHold, type JobKind, returnJob } from '../db/jobs/jobs.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { type JobLog, JobLost, openJobLog } from './job-log.ts'

/** How often a job is begun at most, when the hubs end that carry it. */
const mostTries = 10

/** A problem with a job, in words for staff, and what becomes of it. */
export interface JobProblem {
  problem: string
  /** Whether another try may succeed without a change. */
  passes: boolean
  /** Whether it is no one's fault but the hub's, so that its log has it. */
  isBug: boolean
  /** Whether another hub may succeed at once where this one has failed. */
  isOfHub?: boolean
}

/** What has become of a job. */
export type JobOutcome<Made> = { made: Made } | { error: Error; problem: string }

/** What carries a job of one kind to its end. */
export interface CarriedJob<K extends JobKind, Made> {
  job: Job<K>
  hold: JobHold
  task: AbortSignal
  /** What the log of the hub calls it: “a build”. */
  noun: string
  /** What its end is called where people do not want it any more. */
  cancelled: string
  /** What is said where the hubs that carried it have ended too often. */
  tooOften(tries: number): string
  time: { minutes: number; over: string }
  make(log: JobLog<K>, signal: AbortSignal): Promise<Made>
  /** Returns the last line of its log, and the end of its row. */
  endOf(made: Made): { line: string; end: JobEnd }
  /** Returns what staff are told of an error. */
  problemOf(error: Error): JobProblem
  /** Takes the locks that come before that of the job, in the transaction that ends it. */
  lock?(trx: Transaction, what: JobOutcome<Made>): Promise<void>
  /** Writes what was made, or what went wrong, in the transaction that ends the job. */
  note(trx: Transaction, job: Job<K>, what: JobOutcome<Made>): Promise<void>
  /** Is told of a job that has ended. */
  ended(job: Job<K>, seconds: number): Promise<void>
}

/** Thrown where people do not want the job any more. */
class Cancelled extends Error {
  override name = 'Cancelled'
}

class Overtime extends Error {
  override name = 'Overtime'
}

/** Carries a job to its end. An earlier hub may have tried it already. */
export async function carryJob<K extends JobKind, Made>(hub: Hub, carried: CarriedJob<K, Made>): Promise<void> {
  const { job, hold, task, time } = carried
  const over = new AbortController()
  const signal = AbortSignal.any([task, over.signal])
  const log = openJobLog<K>(hub, hold, (row) => {
    if (row === undefined) over.abort(new JobLost('another hub has this job'))
    else if (row.cancelledBy !== undefined) over.abort(new Cancelled(carried.cancelled))
  })
  let timer: NodeJS.Timeout | undefined
  try {
    // A job may be what ends the hubs that carry it.
    if (job.epoch > mostTries) throw new Overtime(carried.tooOften(mostTries))
    timer = setTimeout(() => over.abort(new Overtime(time.over)), time.minutes * 60_000)
    const made = await carried.make(log, signal)
    const { line, end } = carried.endOf(made)
    log.say(line)
    await write(hub, carried, log, { end, what: { made } })
  } catch (failure) {
    const error: Error = signal.aborted ? signal.reason : failure
    if (task.aborted || error.name === 'JobLost') {
      await log.close().catch(() => undefined)
      return hub.log.info({ job: job.id, name: job.name }, `let go of ${carried.noun} that is no longer ours`)
    }
    const own = ['Cancelled', 'Overtime'].includes(error.name)
    const { problem, passes, isBug, isOfHub } = own
      ? { problem: messageOf(error), passes: false, isBug: false }
      : carried.problemOf(error)
    if (isOfHub && (await leaveToOthers(hub, hold, log, problem))) return
    log.say(`Failed: ${problem}`)
    const { detail } = error as { detail?: string }
    if (detail !== undefined) log.say(detail)
    if (isBug) hub.log.warn({ job: job.id, name: job.name, err: error }, `${carried.noun} has failed`)
    await write(hub, carried, log, { end: { state: 'failed', problem, passes }, what: { error, problem } })
  } finally {
    clearTimeout(timer)
  }
}

/** Gives a job back that another living hub may be able to do. Returns whether there is one. */
async function leaveToOthers(hub: Hub, hold: JobHold, log: JobLog, problem: string): Promise<boolean> {
  try {
    log.say(`This hub could not do it: ${problem}`)
    await log.close()
    const isLeft = await hub.db.transaction((trx) => returnJob(trx, hold))
    if (isLeft) hub.log.info({ job: hold.id, problem }, 'left a job to other hubs')
    return isLeft
  } catch (error) {
    // The row stays as it is, and some hub takes it again.
    hub.log.warn({ job: hold.id, reason: messageOf(error) }, 'a job could not be left to other hubs; trying again')
    return true
  }
}

interface Ending<Made> {
  end: JobEnd
  what: JobOutcome<Made>
}

async function write<K extends JobKind, Made>(
  hub: Hub,
  { hold, noun, lock, note, ended: told }: CarriedJob<K, Made>,
  log: JobLog<K>,
  { end, what }: Ending<Made>,
): Promise<void> {
  try {
    await log.close()
    const ended = await hub.db.transaction(async (trx) => {
      await lock?.(trx, what)
      const job = (await endJob(trx, hold, end)) as Job<K> | undefined
      if (job !== undefined) await note(trx, job, what)
      return job
    })
    if (ended === undefined) return
    const seconds = Math.max(0, ((ended.ended ?? 0) - (ended.started ?? ended.asked)) / 1000)
    await told(ended, seconds)
    const { id, name, key, commit, problem } = ended
    hub.log.info({ job: id, name, key, commit, problem, seconds }, `${noun} has ended`)
  } catch (error) {
    // The row stays as it is, and some hub takes it again.
    hub.log.warn({ job: hold.id, reason: messageOf(error) }, `the end of ${noun} could not be written; trying again`)
  }
}
