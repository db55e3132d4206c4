/**
 * How often something may happen, for each key by itself: a bucket of turns that fills up again. It lies in `seats`
 * because hub and proxy both count with it; it is kept in memory, so each process counts for itself.
 */
import { networksOf } from './address.ts'

export interface Pace {
  /** Turns that a full bucket holds. */
  burst: number
  perSecond: number
}

export interface Buckets {
  /** Takes a turn, and says 0; where there is none, how many seconds until there is one. */
  take(key: string): number
  /** For what turned out well where only failures count. Taken first, a turn also counts what is still under way. */
  giveBack(key: string): void
}

/** For log lines that a client or a server can cause as often as it likes: none writes a disk full. */
export const linePace: Pace = { burst: 10, perSecond: 1 / 6 }

/** Remembers `keys` keys; of more, those that were used last. `now` is in seconds. */
export function createBuckets(
  { burst, perSecond }: Pace,
  keys = 10_000,
  now: () => number = () => performance.now() / 1000,
): Buckets {
  const buckets = new Map<string, { turns: number; at: number }>()

  const levelOf = (key: string): number => {
    const bucket = buckets.get(key)
    return bucket === undefined ? burst : Math.min(burst, bucket.turns + (now() - bucket.at) * perSecond)
  }
  /** A Map keeps the order of insertion: what was used last goes to the end, what is oldest goes first. */
  const keep = (key: string, turns: number) => {
    buckets.delete(key)
    if (turns < burst) buckets.set(key, { turns, at: now() })
    const [oldest] = buckets.keys()
    if (buckets.size > keys && oldest !== undefined) buckets.delete(oldest)
  }

  return {
    take(key) {
      const turns = levelOf(key)
      if (turns < 1) return Math.ceil((1 - turns) / perSecond)
      keep(key, turns - 1)
      return 0
    },
    giveBack: (key) => keep(key, Math.min(burst, levelOf(key) + 1)),
  }
}

/** Counts for each client: by its address, and for IPv6 by the networks that it may choose addresses from. */
export interface ClientBuckets {
  /** As `Buckets.take`. `about`: what is counted apart for one client, such as an account. */
  take(address: string, about?: string): number
  giveBack(address: string, about?: string): void
}

/** Each network has a store of its own, so that neighbours of the attacker are not forgotten for its many addresses. */
export function createClientBuckets({ burst, perSecond }: Pace, keys?: number, now?: () => number): ClientBuckets {
  const stores = new Map<number, Buckets>()
  const storeOf = (share: number) => {
    const store = stores.get(share) ?? createBuckets({ burst: burst * share, perSecond: perSecond * share }, keys, now)
    stores.set(share, store)
    return store
  }
  const placesOf = (address: string, about: string) =>
    networksOf(address).map(({ key, share }) => ({ store: storeOf(share), key: `${key} ${about}` }))
  return {
    take(address, about = '') {
      const taken: { store: Buckets; key: string }[] = []
      for (const place of placesOf(address, about)) {
        const seconds = place.store.take(place.key)
        if (seconds > 0) {
          for (const { store, key } of taken) store.giveBack(key)
          return seconds
        }
        taken.push(place)
      }
      return 0
    },
    giveBack(address, about = '') {
      for (const { store, key } of placesOf(address, about)) store.giveBack(key)
    },
  }
}
