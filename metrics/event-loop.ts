import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Histogram } from './histogram.ts'

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>

const resolutionMilliseconds = 20

/** The bounds of buckets, in seconds. */
export const delayBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** How late the event loop is, measured by a timer outside JavaScript since the first call of `read`. */
export interface EventLoopDelay {
  /** Returns how often the timer was at most so many seconds late. */
  read(bounds: readonly number[]): Histogram
  stop(): void
}

/** Returns a measurement that costs nothing before it is read for the first time, and then about 1.5 ms a second. */
export function eventLoopDelay(): EventLoopDelay {
  let intervals: IntervalHistogram | undefined
  return {
    read(bounds) {
      if (intervals === undefined) {
        intervals = monitorEventLoopDelay({ resolution: resolutionMilliseconds })
        intervals.enable()
      }
      return delaysOf(intervals, bounds)
    },
    stop: () => void intervals?.disable(),
  }
}

function delaysOf(intervals: IntervalHistogram, bounds: readonly number[]): Histogram {
  const { count, mean } = intervals
  const upTo = bounds.map((bound) => countUpTo(intervals, (bound * 1000 + resolutionMilliseconds) * 1e6))
  const counts = [...upTo, count].map((all, at) => all - (upTo[at - 1] ?? 0))
  const late = count === 0 ? 0 : Math.max(0, mean / 1e9 - resolutionMilliseconds / 1000)
  return { bounds, counts, sum: late * count }
}

/** Returns how many values are at most `most`. The library tells only percentiles, which rise, so they are bisected. */
function countUpTo(intervals: IntervalHistogram, most: number): number {
  let low = 0
  let high = intervals.count
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (intervals.percentile((middle / intervals.count) * 100) <= most) low = middle
    else high = middle - 1
  }
  return low
}
