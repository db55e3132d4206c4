import type { Key, KeyRing, Keys } from '../../../seats/keys.ts'

/** Returns a ring of keys that a test changes, as an operator rotates them. Each key is made of its id. */
export function createRing(...kids: string[]): { keys: KeyRing; become(...kids: string[]): void } {
  const made = (all: string[]) => all.map((kid): Key => ({ kid, secret: Buffer.alloc(32, kid) })) as unknown as Keys
  let all = made(kids)
  const listeners = new Set<(dropped: string[]) => void>()
  return {
    keys: {
      get all() {
        return all
      },
      find: (kid) => all.find((key) => key.kid === kid),
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    become(...next) {
      const dropped = all.map(({ kid }) => kid).filter((kid) => !next.includes(kid))
      all = made(next)
      for (const listener of listeners) listener(dropped)
    },
  }
}
