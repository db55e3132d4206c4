/** All workers of a proxy. Each is replaced when it ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Metric } from '../../metrics/metric.ts'
import type { Pauses } from '../routes/pauses.ts'
import type { HeldRoute } from '../routes/route-table.ts'
import type { Fork } from './fork.ts'
import { type Hand, type HandOptions, takeInHand, tickMilliseconds } from './hand.ts'
import { pauseHands } from './pause-hands.ts'

export interface Crew {
  /** Resolves with the URLs when every worker accepts connections. Rejects when one cannot start. */
  started: Promise<[string, ...string[]]>
  /** Tells all workers of a change of a route. */
  tell(path: string, held: HeldRoute | undefined): void
  /** Resolves when every worker has confirmed all changes so far, or has ended. */
  confirmed(): Promise<void>
  measured(): Promise<Metric[][]>
  /** Pauses of servers at all workers, also at those that begin meanwhile. */
  pauses: Pauses
  reload(): void
  /** Ends all workers. They have `graceMilliseconds` for what they have to do, and are then killed. */
  stop(graceMilliseconds: number): Promise<void>
}

export interface CrewOptions extends Omit<HandOptions, 'slot' | 'pauses'> {
  workers: number
  fork: Fork
  /** Called when a worker ended that may have seen activity which it has not reported. */
  lost(): void
}

/** A worker that lived shorter than this counts as one of several deaths in a row. */
const quickMilliseconds = 20_000
/** The longest pause before the next start. */
const longestPause = 3000
/** How long after its grace a worker may take to end. */
const endMilliseconds = 3000

export function openCrew({ workers, fork, lost, ...options }: CrewOptions): Crew {
  const { log } = options
  const stopping = new AbortController()
  const hands = new Map<number, Hand>()
  const pausing = pauseHands(hands)
  const ticking = setInterval(() => {
    for (const hand of hands.values()) hand.tick()
  }, tickMilliseconds)

  const open = (slot: number): Hand => {
    const hand = takeInHand(fork(slot), { slot, ...options, pauses: pausing.orders })
    hands.set(slot, hand)
    return hand
  }

  /** Replaces a worker whenever it ends. */
  const keep = async (first: Hand): Promise<void> => {
    let hand = first
    for (let deaths = 0; ; ) {
      const began = performance.now()
      const { cause, isSudden } = await hand.ended
      if (isSudden) lost()
      if (stopping.signal.aborted) return
      deaths = performance.now() - began < quickMilliseconds ? deaths + 1 : 1
      log.error({ worker: hand.slot, cause }, 'a worker has ended, and another one starts')
      if (deaths > 1) {
        const pause = Math.min(100 * 2 ** deaths, longestPause)
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
      if (stopping.signal.aborted) return
      hand = open(hand.slot)
    }
  }

  const first = Array.from({ length: workers }, (_, index) => open(index + 1))
  const kept: Promise<void>[] = []
  const start = async (): Promise<[string, ...string[]]> => {
    const whyNot = ({ slot, ended }: Hand) =>
      ended.then(({ cause }) => Promise.reject(new Error(`worker ${slot} could not start (${cause}); it has said why`)))
    const [urls] = await Promise.all(first.map((hand) => Promise.race([hand.listening, whyNot(hand)])))
    if (urls === undefined) throw new Error('a proxy has at least one worker')
    kept.push(...first.map(keep))
    return urls
  }

  return {
    started: start(),
    tell(path, held) {
      for (const hand of hands.values()) hand.tell(path, held)
    },
    async confirmed() {
      await Promise.all(Array.from(hands.values(), (hand) => hand.confirmed()))
    },
    async measured() {
      return (await Promise.all(Array.from(hands.values(), (hand) => hand.measure()))).flat()
    },
    pauses: pausing,
    reload() {
      for (const hand of hands.values()) hand.reload()
    },
    async stop(graceMilliseconds) {
      stopping.abort()
      for (const hand of hands.values()) hand.stop()
      const timer = setTimeout(() => {
        for (const hand of hands.values()) hand.kill()
      }, graceMilliseconds + endMilliseconds)
      await Promise.all([...Array.from(hands.values(), (hand) => hand.ended), ...kept])
      clearTimeout(timer)
      clearInterval(ticking)
    },
  }
}
