import { setTimeout as sleep } from 'node:timers/promises'
import { hasFreeJob, type Job, type JobHold, type JobKind, takeJobs } from '../db/jobs/jobs.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'

const pollMilliseconds = 1000

/** What a hub does about the jobs of one kind. */
export interface JobWork<K extends JobKind = JobKind> {
  kind: K
  /** As many are under way at all hubs together. */
  atOnce: number
  /** Returns the names whose jobs this hub can do at the moment. */
  names(): readonly string[]
  /** Does a job that this hub has taken. Resolves when that is over, or is another hub's. */
  carry(job: Job<K>, hold: JobHold, signal: AbortSignal): Promise<void>
}

/** Begins jobs that wait, and takes over those that no living hub works on. Needs no notification. */
export function startJobs(hub: Hub, works: readonly JobWork[]): { stop(): Promise<void> } {
  const controller = new AbortController()
  const loop = pollLoop(hub, works, controller.signal)
  return {
    async stop() {
      controller.abort()
      await loop
      await hub.jobTasks.stop()
    },
  }
}

async function pollLoop(hub: Hub, works: readonly JobWork[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const woken = hub.jobs.woken()
    try {
      await beginJobs(hub, works)
    } catch (error) {
      hub.log.warn({ reason: messageOf(error) }, 'could not look which builds and pulls are to be done; trying again')
    }
    await Promise.race([sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined), woken])
  }
}

async function beginJobs(hub: Hub, works: readonly JobWork[]): Promise<void> {
  const tasks = hub.jobTasks
  const able = works.map((work) => ({ work, names: work.names() })).filter(({ names }) => names.length > 0)
  const busy = tasks.busy().map(Number)
  if (able.length === 0 || !(await hasFreeJob(hub.db, hub.id, busy))) return
  for (const { work, names } of able) {
    const { kind, atOnce } = work
    for (const { job, hold } of await takeJobs(hub.db, hub.id, { kind, names, busy, atOnce })) {
      const what = { job: job.id, kind, name: job.name }
      hub.log.info(what, job.epoch > 1 ? 'took over a job' : 'a job has begun')
      tasks.run(String(job.id), (signal) => work.carry(job, hold, signal))
    }
  }
}
