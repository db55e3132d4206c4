import type { Server } from '../db/servers.ts'
import type { Turns } from '../db/turns.ts'

export interface QueueLimits {
  startsAtOnce: number
  servers: number | undefined
}

/**
 * The order of the queue: courses take turns, beginning with the one that has waited longest for its turn, and within
 * each the oldest comes first. Pure.
 */
export function queueOrder(rows: Server[], turns: Turns): Server[] {
  const queued = rows.filter((row) => row.state === 'queued').sort(byAge)
  const rounds = new Map<string, number>()
  return queued
    .map((server) => {
      const round = rounds.get(server.course) ?? 0
      rounds.set(server.course, round + 1)
      return { server, round, turn: turns.get(server.course) ?? 0 }
    })
    .sort((a, b) => a.round - b.round || a.turn - b.turn || byAge(a.server, b.server))
    .map(({ server }) => server)
}

/** Which of the queue may start now. `ready` counts servers that run, so that the total stays within bounds. */
export function admissible(moving: Server[], turns: Turns, ready: number, limits: QueueLimits): Server[] {
  const starting = moving.filter((row) => row.state === 'starting').length
  const stopping = moving.filter((row) => row.state === 'stopping').length
  const room = limits.servers === undefined ? Number.POSITIVE_INFINITY : limits.servers - ready - starting - stopping
  return queueOrder(moving, turns).slice(0, Math.max(0, Math.min(limits.startsAtOnce - starting, room)))
}

function byAge(a: Server, b: Server): number {
  return (a.queued ?? 0) - (b.queued ?? 0) || (a.id < b.id ? -1 : 1)
}
