/** Counts what is going on just now, under any number of names, each of which allows so much at once. */
export interface UnderWay {
  /** Undefined where one of the names has as many as it may. Else what gives the place back; twice is fine. */
  take(places: readonly Place[]): (() => void) | undefined
}

export interface Place {
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
  return {
    take(places) {
      if (places.some(({ name, most }) => (counts.get(name) ?? 0) >= most)) return undefined
      for (const { name } of places) add(name, 1)
      let isHeld = true
      return () => {
        if (isHeld) for (const { name } of places) add(name, -1)
        isHeld = false
      }
    },
  }
}
