import { closeSync, openSync } from 'node:fs'

/** Signals to `carrel start`. The first that ends asks for an orderly end, the second for the end at once. */
export interface Interrupts {
  signal: AbortSignal
  again: AbortSignal
  /** From now on calls the function at each SIGHUP, and at once where one came before. */
  onReload(reload: () => void): void
}

export function listenForInterrupts(): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()]
  let firstAt = 0
  const interrupt = () => {
    if (!first.signal.aborted) {
      firstAt = performance.now()
      first.abort(new Error('interrupted'))
    } else if (performance.now() - firstAt > 500) {
      // Within half a second it is the first Ctrl-C again: npm hands on what the terminal has sent here already.
      second.abort(new Error('interrupted again'))
    }
  }
  const hadTerminal = hasTerminal()
  let isWanted = false
  let reload: (() => void) | undefined
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  process.on('SIGHUP', () => {
    // A terminal that is closed sends SIGHUP to what runs in it. Carrel ends then, as it does at Ctrl-C.
    if (hadTerminal && !hasTerminal()) return interrupt()
    if (reload === undefined) isWanted = true
    else reload()
  })
  return {
    signal: first.signal,
    again: second.signal,
    onReload(act) {
      reload = act
      if (isWanted) act()
    },
  }
}

/** Returns whether this process runs in a terminal that is still open. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
