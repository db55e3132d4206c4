/** Says where the time of a run went, for those who want to shorten it. */
import type { Outcome } from './second-try.ts'

/** As many groups are named. */
const named = 10

export interface TimedOutcome extends Outcome {
  /** Seconds from the begin of the run to the group's begin. */
  began: number
  /** Seconds on the clock. */
  seconds: number
  /** Seconds of the processors, with all that the group has started. Undefined where nothing tells. */
  processors: number | undefined
}

/**
 * Returns what Mocha says that a group took of the processors in seconds, with the processes that it has waited for, but without
 * those that were killed or have left it. Undefined where nothing tells. Reads the line of `reporter.cjs`.
 */
export function processorSeconds(output: string): number | undefined {
  const found = /^([\d.]+) s of the processors$/m.exec(output)
  return found === null ? undefined : Number(found[1])
}

/** Returns the lines that name the slowest groups, and how long the run's end was, in which fewer than `lanes` groups ran. */
export function slowest(outcomes: TimedOutcome[], lanes: number): string[] {
  const sum = outcomes.reduce((total, outcome) => total + (outcome.processors ?? 0), 0)
  const ends = outcomes.map(({ began, seconds }) => began + seconds).toSorted((a, b) => b - a)
  const tail = (ends[0] ?? 0) - (ends[Math.min(lanes, ends.length) - 1] ?? 0)
  return [
    `the longest of ${outcomes.length} groups, in seconds on the clock and of the processors:`,
    ...outcomes
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, named)
      .map(
        (outcome) =>
          `${outcome.seconds.toFixed(0).padStart(6)} ${(outcome.processors ?? 0).toFixed(0).padStart(6)}  ${outcome.group.files.join(' ')}`,
      ),
    `all groups took ${sum.toFixed(0)} s of the processors; fewer than ${lanes} ran in the last ${tail.toFixed(0)} s`,
  ]
}
