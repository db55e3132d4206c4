/** Counts what is under way, under any number of names with a limited number of places each. */
export interface UnderWay {
  /** Returns the first of these names that has no place left. */
  fullOf(names: readonly Allowance[]): Allowance | undefined
  /**
   * Takes a place of each name, or none where one name has no place left. Returns an idempotent function that gives the
   * places back.
   */
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
