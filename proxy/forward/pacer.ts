/** Lets costly work go on one piece at a time, with a pause after each, so that all of it together takes a small share. */
export interface Pacer {
  /** Calls `goOn` when it is its turn. Returns a function that leaves the queue. */
  wait(goOn: () => void): () => void
  /** Calls nothing any more. */
  close(): void
}

export function createPacer(pauseMilliseconds: number): Pacer {
  const waiting = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  const next = () => {
    timer = undefined
    const [goOn] = waiting
    if (goOn === undefined) return
    waiting.delete(goOn)
    if (waiting.size > 0) start()
    goOn()
  }
  const start = () => {
    timer ??= setTimeout(next, pauseMilliseconds)
  }
  return {
    wait(goOn) {
      waiting.add(goOn)
      start()
      return () => void waiting.delete(goOn)
    },
    close() {
      waiting.clear()
      clearTimeout(timer)
    },
  }
}
