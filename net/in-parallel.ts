/**
 * Calls `act` for every item, at most `limit` at a time. Rejects with the first error, like `Promise.all`; the other
 * calls go on.
 */
export async function inParallel<T>(limit: number, items: T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
}
