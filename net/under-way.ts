/** Counts what goes on at the moment, under any number of names, of which each has so many places. */
export interface UnderWay {
  /** The first of these names that has no place left. */
  fullOf(names: readonly Allowance[]): Allowance | undefined
  /** Takes a place of each name, or none where one has no place left. Returns what gives them back; twice is fine. */
  take(names: readonly Allowance[]): (() => void) | undefined
}

export interface Allowance {
  name: string
  most: number
}

export function createUnderWay(): UnderWay {
  const counts = new Map<string, number>()
  const add = (name: string, change: number) => {
    const count = (counts.get(name) ?? 0) + change
    if (count > 0) counts.set(name, count)
    else counts.delete(name)
  }
  const fullOf = (names: readonly Allowance[]) => names.find(({ name, most }) => (counts.get(name) ?? 0) >= most)
  return {
    fullOf,
    take(names) {
      if (fullOf(names) !== undefined) return undefined
      for (const { name } of names) add(name, 1)
      let isHeld = true
      return () => {
        if (isHeld) for (const { name } of names) add(name, -1)
        isHeld = false
      }
    },
  }
}
