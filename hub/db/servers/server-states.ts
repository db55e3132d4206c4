import type { ServerKey } from '../../../spawners/spawner.ts'

export type ServerState = 'stopped' | 'failed' | 'queued' | 'starting' | 'ready' | 'stopping'

/** A launch has come and no stop yet. */
export const runningStates: readonly ServerState[] = ['queued', 'starting', 'ready']

/** Nothing is left at the spawner. */
export const restStates: readonly ServerState[] = ['stopped', 'failed']

/** On the way from one state to another. Such rows name an owner, except in the queue. */
export const movingStates: readonly ServerState[] = ['queued', 'starting', 'stopping']

export function isRunning({ state }: { state: ServerState }): boolean {
  return runningStates.includes(state)
}

export function isAtRest({ state }: { state: ServerState }): boolean {
  return restStates.includes(state)
}

/** What the present run of a server is called outside of the database. */
export function keyOf({ id, run }: { id: string; run: number }): ServerKey {
  return { server: id, run }
}
