import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'

/** When the queue is read, in one hub. */
export interface Admission {
  /** Starts the queued servers that the limits allow, in a round that begins after this call, and resolves after it. */
  admit(): Promise<void>
  /** Has a round done soon, after a place has become free. Errors are logged; the next poll tries again. */
  wake(): void
  /** Waits for the round that is under way, and begins no other. */
  stop(): Promise<void>
}

/** Returns the admission of one hub. Calls that come while a round is under way share the round after it. */
export function createAdmission(startQueued: () => Promise<void>, log: Logger): Admission {
  let present: Promise<void> | undefined
  let next: Promise<void> | undefined
  let stopped = false
  const begin = async () => {
    next = undefined
    if (stopped) return
    present = startQueued().finally(() => {
      present = undefined
    })
    return present
  }
  const admit = () => {
    if (present === undefined && next === undefined) return begin()
    next ??= Promise.resolve(present)
      .catch(() => undefined)
      .then(begin)
    return next
  }
  return {
    admit,
    wake() {
      admit().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'the queue could not be read; trying again')
      })
    },
    async stop() {
      stopped = true
      await present?.catch(() => undefined)
    },
  }
}
