import { setTimeout as sleep } from 'node:timers/promises'
import { type Build, type BuildState, findBuild, isUnderWay } from '../db/builds/builds.ts'
import { lastOfLog, readLog } from '../db/builds/logs.ts'
import type { Database } from '../db/dialect.ts'
import { buildText, percentOf } from './told.ts'

/** One event of a build, as programs and pages get it. */
export interface ToldOfBuild {
  /** The part of the log after which a reader may go on; undefined where the event is of no part. */
  part?: number
  phase: BuildState
  /** Lines, each with its end. */
  message: string
  percent: number
  /** How far the build is, in words for staff. */
  status: string
  /** Whether nothing comes after it. */
  isLast?: boolean
}

const pollMilliseconds = 500

/**
 * Yields what a build has printed after a part of its log, and what it goes on to print, until it has ended. Any hub can
 * follow, since all comes from the database. Yields undefined where nothing has come for a moment.
 */
export async function* followBuild(
  db: Database,
  id: number,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<ToldOfBuild | undefined> {
  let [part, said] = [after, '']
  while (!signal.aborted) {
    // The row is read first, so that a build that is seen ended has printed all.
    const build = await findBuild(db, id)
    if (build === undefined) return
    const [percent, status] = [percentOf(build), buildText(build)]
    const printed = await readLog(db, id, part)
    for (const one of printed) {
      const gap = one.part > part + 1 ? '[the middle of this log was too long, and is left out]\n' : ''
      part = one.part
      const message = gap + one.text
      yield { part, phase: one.phase, message, percent, status }
    }
    if (printed.length > 0) continue
    if (!isUnderWay(build)) {
      yield { part, phase: build.state, message: lastLine(build), percent, status, isLast: true }
      return
    }
    const now = `${status} ${percent}`
    yield now === said ? undefined : { phase: build.state, message: '', percent, status }
    said = now
    await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

function lastLine({ state, image, problem }: Build): string {
  return state === 'built' ? `${image}\n` : `${problem}\n`
}

/** Returns what is kept of a build's log, as one text, as far as this part. */
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
