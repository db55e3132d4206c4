/** Calls `act` for every item, at most `limit` at a time. Rejects with the first error, like `Promise.all`. */
export async function inParallel<T>(limit: number, items: T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
}
