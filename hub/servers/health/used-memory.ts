/** How much memory servers take, as people are told. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { inRounds } from '../../../net/rounds.ts'
import type { ServerKey, Spawner } from '../../../spawners/spawner.ts'
import { messageOf } from '../../errors.ts'

/** Returns the bytes that a run takes; undefined where that is not known. */
export type UsedMemory = (run: ServerKey) => Promise<number | undefined>

/** How long a figure serves: each tab of a desk asks once a minute, and more often near an end. */
const freshMilliseconds = 30_000
/** How long the last figure serves while there is no newer one. */
const lastingMilliseconds = 180_000

interface Figure {
  at: number
  asked: Promise<number | undefined>
  /** The last one that is known. */
  bytes: number | undefined
}

/**
 * Asks the spawner once for all servers that are wanted at a moment, and for each of them at most twice a minute. An answer
 * waits for a slow engine no longer than `patienceMilliseconds`.
 */
export function createUsedMemory(spawner: Spawner, log: Logger, patienceMilliseconds = 2000): UsedMemory {
  const read = inRounds(async (runs: ServerKey[]) => {
    try {
      return (await spawner.memoryOf?.(runs)) ?? []
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'could not ask how much memory servers take')
      return []
    }
  })
  const figures = new Map<string, Figure>()
  const ask = (run: ServerKey, last: Figure | undefined, at: number) => {
    const figure: Figure = { at, bytes: last?.bytes, asked: read(run).then((bytes) => (figure.bytes = bytes)) }
    return figure
  }
  return async (run) => {
    if (spawner.memoryOf === undefined) return undefined
    const now = performance.now()
    const key = `${run.server}-${run.run}`
    const last = figures.get(key)
    const figure = last !== undefined && now < last.at + freshMilliseconds ? last : ask(run, last, now)
    // The last one that was asked for comes last, so that old ones are found at once.
    figures.delete(key)
    figures.set(key, figure)
    for (const [old, { at }] of figures) {
      if (now < at + lastingMilliseconds) break
      figures.delete(old)
    }
    await Promise.race([figure.asked, sleep(patienceMilliseconds, undefined, { ref: false })])
    return figure.bytes
  }
}
