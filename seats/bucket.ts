/**
 * How often something may happen, for each key by itself: a bucket of turns that fills up again. It lies in `seats`
 * because hub and proxy both count with it; it is kept in memory, so each process counts for itself.
 */
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

/** What counts as one client. Of IPv6 a household or a class has a whole /64, so its addresses count as one. */
export function clientKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const groups = [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
