import {
  type Build,
  type BuildHold,
  type BuildProgressed,
  type BuildState,
  lockBuild,
  writeBuild,
} from '../db/builds/builds.ts'
import { appendLog, mostLogBytes, trimLog } from '../db/builds/logs.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { cleanLines } from './clean.ts'

const writeMilliseconds = 500
/** What is kept until the next write; of more, the newest. */
const mostWaiting = 128 * 1024
/** A part of a log is small, so that readers may go on in the midst of one. */
const mostOfPart = 8 * 1024

interface Line {
  phase: BuildState
  text: string
}

/** The row and the log of a build under way, written twice a second at most. */
export interface BuildLog {
  /** Begins a phase, with a line that says so. Resolves when it is written. Rejects when the hold is lost. */
  enter(phase: BuildState, text: string, held?: BuildProgressed): Promise<void>
  say(text: string): void
  step(step: number, steps: number): void
  /** Writes what waits, and writes nothing more by itself. */
  close(): Promise<void>
}

/** Thrown where this hub no longer holds the build. What runs for it ends, and nothing is written. */
export class BuildLost extends Error {
  override name = 'BuildLost'
}

/**
 * Opens the log of a build that this hub has taken. `look` gets the row as each write finds it; undefined when the hold
 * is lost.
 */
export function openBuildLog(hub: Hub, hold: BuildHold, look: (build: Build | undefined) => void): BuildLog {
  let phase: BuildState = 'fetching'
  let lines: Line[] = []
  let waiting = 0
  let left = 0
  let progressed: BuildProgressed = {}
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
    const build = await hub.db
      .transaction(async (trx) => {
        if (own.length > 0 && (await lockBuild(trx, hold)) === undefined) return undefined
        for (const part of partsOf(own, omitted)) bytes += await appendLog(trx, hold.id, part)
        if (bytes > mostLogBytes) bytes = await trimLog(trx, hold.id)
        return writeBuild(trx, hold, held)
      })
      .catch((error: unknown) => {
        // The next write tries them again.
        ;[lines, progressed, left] = [[...own, ...lines], { ...held, ...progressed }, left + omitted]
        throw error
      })
    look(build)
    if (build === undefined) throw new BuildLost('another hub has this build')
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
        if (!(error instanceof BuildLost))
          hub.log.warn({ build: hold.id, reason: messageOf(error) }, 'the log of a build could not be written')
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

function partsOf(lines: readonly Line[], omitted: number): { phase: BuildState; text: string }[] {
  const parts: { phase: BuildState; text: string }[] = []
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
