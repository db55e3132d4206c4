import type { ServerKey } from '../../../spawners/spawner.ts'

export type ServerState = 'stopped' | 'failed' | 'queued' | 'starting' | 'ready' | 'stopping'

/** States of a server that was launched and is not ready yet. */
const launchingStates: readonly ServerState[] = ['queued', 'starting']

/** States of a server that was launched and is not stopping yet. */
export const runningStates: readonly ServerState[] = [...launchingStates, 'ready']

/** States of a server of which nothing is left at the spawner. */
export const restStates: readonly ServerState[] = ['stopped', 'failed']

/** States on the way to another state. Such rows name an owner; in the queue, the hub that queued them. */
export const movingStates: readonly ServerState[] = [...launchingStates, 'stopping']

export function isLaunching({ state }: { state: ServerState }): boolean {
  return launchingStates.includes(state)
}

export function isRunning({ state }: { state: ServerState }): boolean {
  return runningStates.includes(state)
}

export function isAtRest({ state }: { state: ServerState }): boolean {
  return restStates.includes(state)
}

/** Returns the name of a server's present run outside of the database. */
export function keyOf({ id, run }: { id: string; run: number }): ServerKey {
  return { server: id, run }
}
