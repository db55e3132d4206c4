import type { Phase, Server } from '../db/servers/servers.ts'
import type { MadeOf } from '../made-of/made-of.ts'

/** What a run is made of, as far as it says how long a start may take. */
type Times = Pick<MadeOf, 'startTimeoutSeconds' | 'pullTimeoutSeconds'> | undefined

export interface PhaseClock {
  /** Aborts when a phase takes longer than it may. */
  overtime: AbortSignal
  /** Begins a phase and returns its milliseconds. Undefined when it is the present phase, or the clock has stopped. */
  enter(phase: Phase | undefined): number | undefined
  /** Returns the seconds that the present phase may take. */
  seconds(): number
  stop(): void
}

/**
 * Measures each phase of a start against its own limit: a large image may take long, and the rest is then quick. Calls
 * `ended` with each phase that is over.
 */
export function phaseClock(
  times: Times,
  server: Pick<Server, 'phase'>,
  left: number,
  ended: (phase: Phase, seconds: number) => void = () => undefined,
): PhaseClock {
  const controller = new AbortController()
  let present: Phase | undefined = server.phase === 'queued' ? 'creating' : server.phase
  let timer: NodeJS.Timeout
  let isOver = false
  let began = performance.now()
  const end = () => {
    if (present !== undefined) ended(present, (performance.now() - began) / 1000)
    began = performance.now()
  }
  const run = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(new Error('a phase of the start took too long')), milliseconds)
  }
  run(Math.max(1, left))
  return {
    overtime: controller.signal,
    enter(phase) {
      // A spawner may still report a phase after the start has failed.
      if (phase === undefined || phase === present || isOver) return undefined
      end()
      present = phase
      const milliseconds = phaseSeconds(times, phase) * 1000
      run(milliseconds)
      return milliseconds
    },
    seconds: () => phaseSeconds(times, present),
    stop() {
      if (!isOver) end()
      isOver = true
      clearTimeout(timer)
    },
  }
}

/** Returns the seconds that a phase may take: a minute where nobody knows what the run is made of, whose start will fail. */
export function phaseSeconds(times: Times, phase: Phase | undefined): number {
  return (phase === 'pulling' ? times?.pullTimeoutSeconds : times?.startTimeoutSeconds) ?? 60
}
