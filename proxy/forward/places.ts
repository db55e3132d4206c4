/** Places at the backends: a limit of requests at once, a queue for a place, and a refusal for the rest. */
import type { Logger } from 'pino'
import { type Networks, networksOf } from '../../net/address.ts'
import { createBuckets } from '../../net/bucket.ts'
import type { Target } from '../../net/endpoint.ts'
import { type Allowance, createUnderWay } from '../../net/under-way.ts'
import type { Access } from '../../seats/route.ts'
import { limits, type Most, type PoolLimits, poolPartOf } from '../limits.ts'

/** A backend whose connections are counted together: a run of a server, a hub, or an address. */
export interface Pool {
  name: string
  limits: PoolLimits
}

/** Returns the pool of one run of a server. The next run is another program, though it may have the same address. */
export const runPool = onceEach(
  ({ server, run }: Pick<Access, 'server' | 'run'>): Pool => ({ name: `run ${server} ${run}`, limits: limits.server }),
)

export const hubPool = onceEach((target: Target): Pool => ({ name: `hub ${backendName(target)}`, limits: limits.hub }))

export const foreignPool = onceEach(
  (target: Target): Pool => ({ name: `route ${backendName(target)}`, limits: limits.foreign }),
)

/** Returns the function so that it computes once for each object. The objects are never changed, only replaced. */
function onceEach<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, Value>()
  return (key) => {
    const known = values.get(key)
    if (known !== undefined) return known
    const value = compute(key)
    values.set(key, value)
    return value
  }
}

function backendName({ where }: Target): string {
  return 'socketPath' in where ? where.socketPath : `${where.host}:${where.port}`
}

export type Kind = 'requests' | 'streams' | 'webSockets'

export interface Place {
  /** Exchanges the place for one of another kind. Returns false where none is free; the old place is then kept. */
  become(kind: Kind): boolean
  /** Gives the place back. Idempotent. */
  leave(): void
}

/** The error of a request that got no place at a backend, at once or in time. */
export class Crowded extends Error {
  constructor() {
    super('there are too many requests at this backend')
  }
}

export interface Places {
  /**
   * Calls `enter` with a place, at once or after a wait, or with undefined where there is no place. Returns a function
   * that stops the wait; undefined where there is no wait.
   */
  waitFor(pool: Pool, kind: Kind, address: string, enter: (place: Place | undefined) => void): (() => void) | undefined
}

interface Waiting {
  client: Networks
  settle(place: Place | undefined): void
}

/** Returns how many places a network may have. A wide network holds several clients, but leaves a quarter to others. */
function mostOf({ all, each }: Most, share: number): number {
  return Math.max(each, Math.min(each * share, Math.floor((all * 3) / 4)))
}

/**
 * Returns functions that find what counts for a client at a pool: the pool's own allowance, then those of the client's
 * networks. Each of several workers has its part of every limit.
 */
function allowancesFor(workers: number) {
  const limitsOf = onceEach((pool: Pool) => poolPartOf(pool.limits, workers))
  const allowanceOf = (pool: Pool, kind: Kind): Allowance => ({
    name: `${kind} ${pool.name}`,
    most: limitsOf(pool)[kind].all,
  })
  const allowancesOf = onceEach((pool: Pool) =>
    onceEach((client: Networks): Record<Kind, [Allowance, ...Allowance[]]> => {
      const ofKind = (kind: Kind): [Allowance, ...Allowance[]] => [
        allowanceOf(pool, kind),
        ...client.map(({ key, share }) => ({
          name: `${kind} ${pool.name} ${key}`,
          most: mostOf(limitsOf(pool)[kind], share),
        })),
      ]
      return { requests: ofKind('requests'), streams: ofKind('streams'), webSockets: ofKind('webSockets') }
    }),
  )
  return { limitsOf, allowanceOf, allowancesOf }
}

export function createPlaces(
  log: Pick<Logger, 'warn'>,
  waitMilliseconds: number = limits.waitMilliseconds,
  workers = 1,
): Places {
  const { limitsOf, allowanceOf, allowancesOf } = allowancesFor(workers)
  const underWay = createUnderWay()
  const queues = new Map<string, Set<Waiting>>()
  const lines = createBuckets({ burst: 1, perSecond: 1 / 60 })

  const isFull = (pool: Pool) => underWay.fullOf([allowanceOf(pool, 'requests')]) !== undefined
  const hasEnough = (pool: Pool, kind: Kind, client: Networks) =>
    underWay.fullOf(allowancesOf(pool)(client)[kind].slice(1)) !== undefined
  const takeBoth = (pool: Pool, kind: Kind, client: Networks) => underWay.take(allowancesOf(pool)(client)[kind])

  const take = (pool: Pool, kind: Kind, client: Networks): Place | undefined => {
    let giveBack = takeBoth(pool, kind, client)
    if (giveBack === undefined) return undefined
    return {
      become(other) {
        const taken = giveBack && takeBoth(pool, other, client)
        if (taken === undefined) return false
        giveBack?.()
        giveBack = taken
        callNext(pool)
        return true
      },
      leave() {
        if (giveBack === undefined) return
        giveBack()
        giveBack = undefined
        callNext(pool)
      },
    }
  }

  const callNext = (pool: Pool) => {
    for (const waiting of queues.get(pool.name) ?? []) {
      if (isFull(pool)) return
      // A request whose client has meanwhile reached its own limit is turned away, so that no other waits for it.
      waiting.settle(take(pool, 'requests', waiting.client))
    }
  }

  const turnAway = (pool: Pool, kind: Kind, client: Networks) => {
    if (lines.take(pool.name) === 0)
      log.warn({ pool: pool.name, kind, client: client[0].key }, 'a backend has reached its limit of requests')
  }

  return {
    waitFor(pool, kind, address, enter) {
      const client = networksOf(address)
      const queue = queues.get(pool.name) ?? new Set()
      const place = queue.size > 0 && kind === 'requests' ? undefined : take(pool, kind, client)
      if (place !== undefined) {
        enter(place)
        return undefined
      }
      if (kind !== 'requests' || queue.size >= limitsOf(pool).waiting || hasEnough(pool, kind, client)) {
        turnAway(pool, kind, client)
        enter(undefined)
        return undefined
      }
      const stop = () => {
        clearTimeout(timer)
        queue.delete(waiting)
        if (queue.size === 0 && queues.get(pool.name) === queue) queues.delete(pool.name)
      }
      const waiting: Waiting = {
        client,
        settle(given) {
          stop()
          enter(given)
        },
      }
      const timer = setTimeout(() => {
        turnAway(pool, kind, client)
        waiting.settle(undefined)
      }, waitMilliseconds)
      queues.set(pool.name, queue.add(waiting))
      return stop
    },
  }
}
