/** Lets costly work go on one piece at a time, with a pause after each, so that all of it together takes a small share. */
export interface Pacer {
  /** Calls `goOn` when it is its turn. */
  wait(goOn: () => void): void
  /** Calls nothing any more. */
  close(): void
}

export function createPacer(pauseMilliseconds: number): Pacer {
  const waiting: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  const next = () => {
    timer = undefined
    const goOn = waiting.shift()
    if (waiting.length > 0) start()
    goOn?.()
  }
  const start = () => {
    timer ??= setTimeout(next, pauseMilliseconds)
  }
  return {
    wait(goOn) {
      waiting.push(goOn)
      start()
    },
    close() {
      waiting.length = 0
      clearTimeout(timer)
    },
  }
}
