import type { ServerKey } from '../../../spawners/spawner.ts'

/** What this hub has given to runs in secret, to be cut out of what their programs print. Kept in memory only. */
export interface GivenSecrets {
  give(key: ServerKey, values: string[]): void
  /** Undefined for a run that this hub did not start, or not as it runs now. */
  of(key: ServerKey): string[] | undefined
  forget(key: ServerKey): void
}

/** More runs than one hub has at a time. Runs that other hubs stop are not forgotten otherwise. */
const mostRuns = 20_000

export function createGivenSecrets(): GivenSecrets {
  const given = new Map<string, string[]>()
  const nameOf = ({ server, run }: ServerKey) => `${server}-${run}`
  return {
    give(key, values) {
      given.set(nameOf(key), values)
      const [oldest] = given.keys()
      if (given.size > mostRuns && oldest !== undefined) given.delete(oldest)
    },
    of: (key) => given.get(nameOf(key)),
    forget: (key) => void given.delete(nameOf(key)),
  }
}
