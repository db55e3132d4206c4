import type { Logger } from 'pino'
import { tally } from '../../../metrics/tally.ts'
import { inRounds } from '../../../net/rounds.ts'
import type { Database } from '../../db/dialect.ts'
import { nextRevision } from '../../db/installation.ts'
import { addSpareUses, type SpareUse } from '../../db/servers/spares.ts'
import { messageOf } from '../../errors.ts'
import type { HubCounters } from '../../metrics/counters.ts'

/** What claims of one hub share, since many come at once: a class opens its link together. */
export interface SpareUses {
  /** Returns a revision for the route of a server that is about to be given away. Such a path never had a route. */
  revision(): Promise<number>
  /**
   * Notes that a spare was silent, and returns whether so many were lately that the fault lies with the machine or the network.
   * None is given up then: to start others would make it worse.
   */
  areTooManySilent(): boolean
  /** Counts what a start of the course has found. */
  count(course: string, use: SpareUse): void
}

/** Milliseconds, and how many silent spares in that time are too many. */
const lately = 10_000
const tooMany = 4

export function createSpareUses(db: Database, { spares }: Pick<HubCounters, 'spares'>, log: Logger): SpareUses {
  const revision = inRounds(async (asked: undefined[]) => {
    const next = await nextRevision(db)
    return asked.map(() => next)
  })
  const write = inRounds(async (uses: { course: string; use: SpareUse }[]) => {
    const counted = new Map<string, Record<SpareUse, number>>()
    for (const { course, use } of uses) {
      const its = counted.get(course) ?? { hits: 0, misses: 0, others: 0 }
      counted.set(course, { ...its, [use]: its[use] + 1 })
    }
    await addSpareUses(db, counted)
    return uses
  })
  let silent: number[] = []
  return {
    revision: () => revision(undefined),
    areTooManySilent() {
      const at = performance.now()
      silent = [...silent.filter((before) => at - before < lately), at].slice(-tooMany)
      return silent.length >= tooMany
    },
    count(course, use) {
      tally(spares, use)
      write({ course, use }).catch((error: unknown) => {
        log.warn({ course, reason: messageOf(error) }, 'could not count what a start has found of spares')
      })
    },
  }
}
