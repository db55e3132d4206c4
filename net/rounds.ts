import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Returns a function that has the items of many calls done together. A round begins in the next turn of the event loop,
 * with all items that have come until then; what comes during a round is done in the next one. `act` returns a result
 * for each item, in order. When it rejects, so does each call of the round.
 */
export function inRounds<Item, Result>(act: (items: Item[]) => Promise<Result[]>): (item: Item) => Promise<Result> {
  let waiting: { item: Item; resolve(result: Result): void; reject(error: unknown): void }[] = []
  let isRunning = false
  const run = async () => {
    isRunning = true
    while (waiting.length > 0) {
      await nextTurn()
      const round = waiting
      waiting = []
      try {
        const results = await act(round.map(({ item }) => item))
        for (const [index, { resolve }] of round.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of round) reject(error)
      }
    }
    isRunning = false
  }
  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ item, resolve, reject })
    if (!isRunning) void run()
    return promise
  }
}
