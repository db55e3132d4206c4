/** Work for which several starts may wait at once. */

/**
 * Returns the result of the work that is under way for this key, or of `begin`. The abort of one that waits ends its own
 * wait and not the work.
 */
export async function shared<T>(
  underWay: Map<string, Promise<T>>,
  key: string,
  begin: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  let work = underWay.get(key)
  if (work === undefined) {
    work = begin().finally(() => underWay.delete(key))
    underWay.set(key, work)
  }
  return untilAborted(work, signal)
}

/** Settles with `work`, or rejects with the reason of `signal`. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
