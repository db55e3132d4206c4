/** `state`: the row is in another state now. `progress`: something else of it has changed that pages show. */
export type Change = 'state' | 'progress'

/** Wakes waiters of this process when a server's row has changed. Other processes find out by reading the database. */
export interface Changes {
  announce(server: string, change: Change): void
  /**
   * Resolves at the next change, or only at the next change of the state, after `milliseconds`, or when the signal
   * aborts.
   */
  wait(server: string, milliseconds: number, signal: AbortSignal, what?: 'any' | 'state'): Promise<void>
}

interface Waiter {
  wake(): void
  what: 'any' | 'state'
}

export function createChanges(): Changes {
  const waiting = new Map<string, Set<Waiter>>()
  const leave = (server: string, waiter: Waiter) => {
    const waiters = waiting.get(server)
    waiters?.delete(waiter)
    if (waiters?.size === 0) waiting.delete(server)
  }
  return {
    announce(server, change) {
      for (const waiter of [...(waiting.get(server) ?? [])]) {
        if (waiter.what === 'any' || change === 'state') waiter.wake()
      }
    },
    wait(server, milliseconds, signal, what = 'any') {
      if (signal.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        leave(server, waiter)
        resolve()
      }
      const waiter = { wake, what }
      const timer = setTimeout(wake, milliseconds)
      signal.addEventListener('abort', wake)
      const waiters = waiting.get(server)
      if (waiters === undefined) waiting.set(server, new Set([waiter]))
      else waiters.add(waiter)
      return promise
    },
  }
}
