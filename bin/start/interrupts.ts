/** Signals to `carrel start`. The first asks for an orderly end, the second for the end at once. */
export interface Interrupts {
  signal: AbortSignal
  again: AbortSignal
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
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt)
  return { signal: first.signal, again: second.signal }
}
