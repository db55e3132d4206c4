import type { Logger } from 'pino'
import type { Changes } from '../servers/changes.ts'
import { isFinal, type LaunchProgress } from './progress.ts'

const lookEveryMilliseconds = 1000

/** Called with what each look has found; undefined when nothing could be seen just now. */
export type Follower = (progress: LaunchProgress | undefined) => void

/** Looks at a server while pages wait for it: once a second and at each change, whatever the number of pages. */
export interface Watch {
  /**
   * Calls the listener with what was seen last, if anything was, and then with each look until it leaves or the launch
   * is over. Returns how to leave.
   */
  join(server: string, listener: Follower): () => void
}

interface Round {
  listeners: Set<Follower>
  last: LaunchProgress | undefined
  over: AbortController
}

export function createWatch(look: (server: string) => Promise<LaunchProgress>, changes: Changes, log: Logger): Watch {
  const rounds = new Map<string, Round>()

  const end = (server: string, round: Round) => {
    round.over.abort()
    if (rounds.get(server) === round) rounds.delete(server)
  }

  const run = async (server: string, round: Round) => {
    const { signal } = round.over
    while (!signal.aborted) {
      const changed = changes.wait(server, lookEveryMilliseconds, signal)
      const progress = await look(server).catch(() => undefined)
      round.last = progress ?? round.last
      // Ended before the listeners are called: one that joins after the end looks anew.
      if (progress !== undefined && isFinal(progress)) end(server, round)
      for (const listener of [...round.listeners]) listener(progress)
      await changed
    }
  }

  const begin = (server: string): Round => {
    const round: Round = { listeners: new Set(), last: undefined, over: new AbortController() }
    rounds.set(server, round)
    run(server, round).catch((error) => {
      end(server, round)
      log.error({ err: error, server }, 'could not follow a start')
    })
    return round
  }

  return {
    join(server, listener) {
      const round = rounds.get(server) ?? begin(server)
      round.listeners.add(listener)
      if (round.last !== undefined) listener(round.last)
      return () => {
        round.listeners.delete(listener)
        if (round.listeners.size === 0) end(server, round)
      }
    },
  }
}
