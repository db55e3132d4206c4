/** Finds when a run could do more at the same time than it does. */
import { processorTimes, sharesOf } from './machine.ts'

/** A run whose processors are idle for a larger part of a time is given more to do. */
const mostIdle = 0.2

/**
 * Calls `more` after each ten seconds in which the processors were idle for more than a fifth, until the function that is
 * returned is called. Never does so where nothing tells.
 */
export function whileIdle(more: () => void, times = processorTimes, everyMilliseconds = 10_000): () => void {
  let last = times()
  const timer = setInterval(() => {
    const now = times()
    if (last !== undefined && now !== undefined && sharesOf(last, now).idle > mostIdle) more()
    last = now
  }, everyMilliseconds)
  return () => clearInterval(timer)
}
