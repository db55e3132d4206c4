/** Room for bodies that are held in memory while they are read: a number of bytes in all, and of bodies for each key. */
export interface Room {
  /** Takes room for a body. Returns what gives it back, or undefined where there is none. */
  take(key: string, bytes: number): (() => void) | undefined
}

export function createRoom(most: { bytes: number; ofOneKey: number }): Room {
  let taken = 0
  const held = new Map<string, number>()
  return {
    take(key, bytes) {
      const before = held.get(key) ?? 0
      if (taken + bytes > most.bytes || before >= most.ofOneKey) return undefined
      taken += bytes
      held.set(key, before + 1)
      let isGivenBack = false
      return () => {
        if (isGivenBack) return
        isGivenBack = true
        taken -= bytes
        const rest = (held.get(key) ?? 1) - 1
        if (rest === 0) held.delete(key)
        else held.set(key, rest)
      }
    },
  }
}
