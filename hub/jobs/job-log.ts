import {
  type Job,
  type JobHold,
  type JobKind,
  type JobProgressed,
  type JobState,
  lockJob,
  writeJob,
} from '../db/jobs/jobs.ts'
import { appendLog, mostLogBytes, trimLog } from '../db/jobs/logs.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { cleanLines } from './clean.ts'

const writeMilliseconds = 500
/** What is kept until the next write; of more, the newest. */
const mostWaiting = 128 * 1024
/** A part of a log is small, so that readers may go on in the midst of one. */
const mostOfPart = 8 * 1024

interface Line {
  phase: JobState
  text: string
}

/** The row and the log of a job under way, written twice a second at most. */
export interface JobLog<K extends JobKind = JobKind> {
  /** Begins a phase, with a line that says so. Resolves when it is written. Rejects when the hold is lost. */
  enter(phase: JobState<K>, text: string, held?: JobProgressed<K>): Promise<void>
  say(text: string): void
  step(step: number, steps: number): void
  /** Writes what waits, and writes nothing more by itself. */
  close(): Promise<void>
}

/** Thrown where this hub no longer holds the job. What runs for it ends, and nothing is written. */
export class JobLost extends Error {
  override name = 'JobLost'
}

/**
 * Opens the log of a job that this hub has taken. `look` gets the row as each write finds it; undefined when the hold
 * is lost.
 */
export function openJobLog<K extends JobKind>(
  hub: Hub,
  hold: JobHold,
  look: (job: Job | undefined) => void,
): JobLog<K> {
  let phase: JobState = 'fetching'
  let lines: Line[] = []
  let waiting = 0
  let left = 0
  let progressed: JobProgressed = {}
  let bytes = mostLogBytes
  let writing = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  const say = (text: string) => {
    for (const line of cleanLines(text)) {
      lines.push({ phase, text: line })
      waiting += line.length
    }
    while (waiting > mostWaiting && lines.length > 1) {
      waiting -= lines.shift()?.text.length ?? 0
      left += 1
    }
  }

  const write = async () => {
    const [own, held, omitted] = [lines, progressed, left]
    ;[lines, progressed, left, waiting] = [[], {}, 0, 0]
    const job = await hub.db
      .transaction(async (trx) => {
        if (own.length > 0 && (await lockJob(trx, hold)) === undefined) return undefined
        for (const part of partsOf(own, omitted)) bytes += await appendLog(trx, hold.id, part)
        if (bytes > mostLogBytes) bytes = await trimLog(trx, hold.id)
        return writeJob(trx, hold, held)
      })
      .catch((error: unknown) => {
        // The next write tries them again.
        ;[lines, progressed, left] = [[...own, ...lines], { ...held, ...progressed }, left + omitted]
        throw error
      })
    look(job)
    if (job === undefined) throw new JobLost('another hub has this job')
  }

  const writeNow = (): Promise<void> => {
    writing = writing.then(write)
    const done = writing
    writing = writing.catch(() => undefined)
    return done
  }

  const later = () => {
    timer = setTimeout(async () => {
      await writeNow().catch((error: unknown) => {
        if (!(error instanceof JobLost))
          hub.log.warn({ job: hold.id, reason: messageOf(error) }, 'the log of a job could not be written')
      })
      if (timer !== undefined) later()
    }, writeMilliseconds)
  }
  later()

  return {
    say,
    enter(next, text, held = {}) {
      phase = next
      say(text)
      progressed = { ...progressed, ...held, state: next }
      return writeNow()
    },
    step(step, steps) {
      progressed = { ...progressed, step, steps }
    },
    async close() {
      clearTimeout(timer)
      timer = undefined
      await writeNow()
    },
  }
}

function partsOf(lines: readonly Line[], omitted: number): { phase: JobState; text: string }[] {
  const parts: { phase: JobState; text: string }[] = []
  for (const { phase, text } of lines) {
    const last = parts.at(-1)
    if (last?.phase === phase && last.text.length + text.length < mostOfPart) last.text += `${text}\n`
    else parts.push({ phase, text: `${text}\n` })
  }
  const [first] = parts
  if (first !== undefined && omitted > 0)
    first.text = `[${omitted} lines that came too fast are left out]\n${first.text}`
  return parts
}
