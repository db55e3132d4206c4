/** Random numbers that a seed determines. Exchange N of a seed is the same in every run, whatever was played before. */
export interface Random {
  /** Returns an integer from 0 up to, not including, `below`. */
  int(below: number): number
  chance(share: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  /** Picks an entry by weight: one of weight 3 comes three times as often as one of weight 1. */
  weighted<T>(list: readonly [readonly [number, T], ...(readonly [number, T])[]]): T
  /** Calls `make` between `least` and `most` times, and returns the results. */
  times<T>(least: number, most: number, make: () => T): T[]
  /** Returns random bytes, as characters below 256. */
  bytes(count: number): string
}

export function createRandom(seed: number, stream: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0
  // The generator is Mulberry32, which is short and good enough to pick branches of a grammar.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 8; i += 1) next()

  const random: Random = {
    int: (below) => Math.floor(next() * below),
    chance: (share) => next() < share,
    pick: (list) => list[random.int(list.length)] ?? list[0],
    weighted(list) {
      let left = next() * list.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, entry] of list) {
        left -= weight
        if (left < 0) return entry
      }
      return list[0][1]
    },
    times: (least, most, make) => Array.from({ length: least + random.int(most - least + 1) }, make),
    bytes: (count) => Array.from({ length: count }, () => String.fromCharCode(random.int(256))).join(''),
  }
  return random
}
