/** Waits that an abort or a time ends, and acts that wait for one another. */
import { codeOf } from '../net/error-code.ts'
import { GitError } from './git.ts'

/** Resolves as the promise does, or rejects with the signal's reason. What the promise is about goes on in that case. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    promise.catch(() => undefined)
  }
}

/** Runs `act` with a signal that time ends, too. Rejects with a `GitError` when it is over. */
export async function inTime<T>(
  seconds: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const time = AbortSignal.timeout(seconds * 1000)
  try {
    signal.throwIfAborted()
    return await act(AbortSignal.any([time, signal]))
  } catch (error) {
    if (error !== time.reason) throw error
    const message = `The repository was not there within ${seconds} seconds. Try again later, or have the operator allow more.`
    throw new GitError(message, { passes: true })
  }
}

/**
 * Returns the problem of a part of something larger that may do without it. Throws what ends the whole: that `ending` is aborted, or a
 * failure of the hub's own. `time` is the time of all parts.
 */
export function problemOf(error: unknown, ending: AbortSignal, time: AbortSignal): GitError {
  ending.throwIfAborted()
  if (time.aborted) return new GitError('It was not there in time. Try again later.', { passes: true })
  if (error instanceof GitError) return error
  if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error
  return new GitError('The disk of the hub is full. Make room there.', { passes: true })
}

/** Runs acts with the same key one after the other, whether those before succeed or not. */
export type InTurn = <T>(key: string, signal: AbortSignal, act: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  const turns = new Map<string, Promise<unknown>>()
  return async (key, signal, act) => {
    const before = turns.get(key) ?? Promise.resolve()
    const { promise: mine, resolve } = Promise.withResolvers<void>()
    const turn = Promise.all([before, mine])
    turns.set(key, turn)
    try {
      await unlessAborted(signal, before)
      return await act()
    } finally {
      resolve()
      if (turns.get(key) === turn) turns.delete(key)
    }
  }
}
