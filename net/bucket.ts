/**
 * Limits how often something may happen, for each key by itself, with a bucket of turns that fills up again. Buckets
 * are kept in memory, so each process counts by itself.
 */
import { networksOf } from './address.ts'

export interface Pace {
  /** How many turns a full bucket holds. */
  burst: number
  perSecond: number
}

export interface Buckets {
  /**
   * Takes a turn, or as many as `count` says, and returns 0. Where fewer are left, takes none and returns the seconds
   * until there are as many.
   */
  take(key: string, count?: number): number
  /**
   * Gives a turn back, for a success where only failures count. A turn is taken first, so that attempts still under way
   * count too.
   */
  giveBack(key: string): void
}

/** The pace of log lines that a client or a server can cause at will, so that no one can fill a disk with them. */
export const linePace: Pace = { burst: 10, perSecond: 1 / 6 }

/** Creates buckets for at most `keys` keys, and forgets those that were not used for longest. `now` is in seconds. */
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
  /** Stores a bucket at the end of the map, and deletes the first one when there are too many. */
  const keep = (key: string, turns: number) => {
    buckets.delete(key)
    if (turns < burst) buckets.set(key, { turns, at: now() })
    const [oldest] = buckets.keys()
    if (buckets.size > keys && oldest !== undefined) buckets.delete(oldest)
  }

  return {
    take(key, count = 1) {
      const turns = levelOf(key)
      if (turns < count) return Math.ceil((count - turns) / perSecond)
      keep(key, turns - count)
      return 0
    },
    giveBack: (key) => keep(key, Math.min(burst, levelOf(key) + 1)),
  }
}

/** Buckets for clients. A client is counted by its address, and for IPv6 by the networks that it may choose it from. */
export interface ClientBuckets {
  /** Takes a turn, as `Buckets.take` does. `about` names what is counted apart for one client, such as an account. */
  take(address: string, about?: string): number
  giveBack(address: string, about?: string): void
}

/**
 * Creates buckets for clients. Each size of network has a store of its own, so that an attacker's many addresses do not
 * push the wider networks out.
 */
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
