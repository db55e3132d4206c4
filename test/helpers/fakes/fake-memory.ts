/** What an engine knows of the memory of servers: what they take, and which of their programs were ended for want of it. */
import { type EventEmitter, once } from 'node:events'
import type { MemoryKill, ServerKey, Spawner } from '../../../spawners/spawner.ts'

export interface MemoryWorld {
  /** The kills that the engine remembers. `events` emits `memory-kill` for a new one. */
  memoryKills: MemoryKill[]
  /** The moments from which hubs have asked for kills, in order. */
  memoryAsked: number[]
  /** The bytes that servers take, by `server-run`. */
  memoryUsed: Map<string, number>
}

export interface MemoryActs {
  /** Resolves with the kills from this moment on but for the first so many, as soon as there are any. */
  killsAfter(since: number, count: number): Promise<MemoryKill[]>
  memoryOf(runs: readonly ServerKey[]): Promise<(number | undefined)[]>
}

export function memoryActs(world: MemoryWorld & { events: EventEmitter }): MemoryActs {
  return {
    async memoryOf(runs) {
      return runs.map(({ server, run }) => world.memoryUsed.get(`${server}-${run}`))
    },
    async killsAfter(since, count) {
      if (count === 0) {
        world.memoryAsked.push(since)
        world.events.emit('memory-asked', since)
      }
      for (;;) {
        const kills = world.memoryKills.filter(({ at }) => at >= since).slice(count)
        if (kills.length > 0) return kills
        await once(world.events, 'memory-kill')
      }
    },
  }
}

export function memoryBy(
  { killsAfter, memoryOf }: MemoryActs,
  unlessAborted: <T>(work: Promise<T>, signal: AbortSignal) => Promise<T>,
): Required<Pick<Spawner, 'memoryOf' | 'watchMemory'>> {
  const listen = async ({ since, signal, tell }: Parameters<NonNullable<Spawner['watchMemory']>>[0]) => {
    for (let count = 0; !signal.aborted; ) {
      const kills = await unlessAborted(killsAfter(since, count), signal)
      count += kills.length
      for (const kill of kills) tell(kill)
    }
  }
  return { memoryOf, watchMemory: (options) => void listen(options).catch(() => undefined) }
}
