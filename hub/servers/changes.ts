import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** Wakes waiters of this process when a server's row has changed. Other processes find out by reading the database. */
export interface Changes {
  announce(server: string): void
  /** Resolves at the next change, after `milliseconds`, or when the signal aborts. */
  wait(server: string, milliseconds: number, signal: AbortSignal): Promise<void>
}

export function createChanges(): Changes {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    announce: (server) => emitter.emit(server),
    async wait(server, milliseconds, signal) {
      const done = new AbortController()
      const either = AbortSignal.any([signal, done.signal])
      const ended = () => undefined
      await Promise.race([
        once(emitter, server, { signal: either }).catch(ended),
        sleep(milliseconds, undefined, { signal: either }).catch(ended),
      ])
      done.abort()
    },
  }
}
