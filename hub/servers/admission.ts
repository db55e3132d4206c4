import type { Logger } from 'pino'
import { inRounds } from '../../net/rounds.ts'
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

/** Returns the admission of one hub. Calls that come at the same time, or while a round is under way, share a round. */
export function createAdmission(startQueued: () => Promise<void>, log: Logger): Admission {
  let isStopped = false
  const round = inRounds(async (calls: undefined[]) => {
    if (!isStopped) await startQueued()
    return calls
  })
  const admit = async () => {
    await round(undefined)
  }
  return {
    admit,
    wake() {
      admit().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'the queue could not be read; trying again')
      })
    },
    async stop() {
      isStopped = true
      // Comes after the round that is under way.
      await admit()
    },
  }
}
