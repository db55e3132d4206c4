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
   * Notes that this spare was slow, and returns whether so many were lately that the fault lies with the machine or the network.
   * None is passed over then: to start others would make it worse.
   */
  areTooManySlow(spare: string): boolean
  /**
   * Picks the first of these spares, by their ids, that no other claim of this hub is trying, so that many clicks at once try
   * as many. One that was slow lately comes after the others. Undefined where there is none. A hub that dies has held nothing:
   * other hubs do not know of it.
   */
  hold(spares: string[]): HeldSpare | undefined
  /** People's servers whose starts at this hub find no room on any machine. */
  readonly lackRoom: LackOfRoom
  /** Does this once all that was given for the same key before is done. */
  inTurn<Result>(key: string, act: () => Promise<Result>): Promise<Result>
  /** Counts what a start of the course has found. */
  count(course: string, use: SpareUse): void
}

export interface LackOfRoom {
  /** By id: the course, and whether the start is so new that the timer leaves it out once. */
  readonly starts: Map<string, { course: string; isNew: boolean }>
  /** The one timer for all of them, while there are any. */
  timer: NodeJS.Timeout | undefined
}

export interface HeldSpare {
  id: string
  release(): void
}

/** Milliseconds, and how many slow spares in that time are too many. */
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
  const slow = new Map<string, number>()
  const isSlow = (id: string) => performance.now() - (slow.get(id) ?? Number.NEGATIVE_INFINITY) < lately
  const held = new Set<string>()
  const turns = new Map<string, Promise<unknown>>()
  return {
    revision: () => revision(undefined),
    areTooManySlow(spare) {
      slow.set(spare, performance.now())
      for (const id of slow.keys()) if (!isSlow(id)) slow.delete(id)
      return slow.size >= tooMany
    },
    hold(spares) {
      const free = spares.filter((one) => !held.has(one))
      const id = free.find((one) => !isSlow(one)) ?? free[0]
      if (id === undefined) return undefined
      held.add(id)
      return { id, release: () => held.delete(id) }
    },
    lackRoom: { starts: new Map(), timer: undefined },
    async inTurn(key, act) {
      const done = (turns.get(key) ?? Promise.resolve()).then(act)
      const over = done.catch(() => undefined)
      turns.set(key, over)
      try {
        return await done
      } finally {
        if (turns.get(key) === over) turns.delete(key)
      }
    },
    count(course, use) {
      tally(spares, use)
      write({ course, use }).catch((error: unknown) => {
        log.warn({ course, reason: messageOf(error) }, 'could not count what a start has found of spares')
      })
    },
  }
}
