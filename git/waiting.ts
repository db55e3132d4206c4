/** Waits that an abort ends, and acts that wait for one another. */

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
