import cluster, { type Worker } from 'node:cluster'
import { slotVariable } from './slot.ts'

/** Starts a worker's process. `slot` counts the workers from 1; a worker that replaces another has the same one. */
export type Fork = (slot: number) => Worker

/**
 * Returns a function that runs a program as a worker. All workers accept connections on one shared socket. The other way
 * of Node, in which the owner accepts and hands over, leaves a connection without an answer when a worker hangs.
 */
export function forkProgram(exec: string, args: string[]): Fork {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  return (slot) => {
    cluster.setupPrimary({ exec, args, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    return cluster.fork({ [slotVariable]: String(slot) })
  }
}
