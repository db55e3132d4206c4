/** An engine's memory of programs in servers that were ended for want of memory, and its stream of them. */
import { type EventEmitter, once } from 'node:events'
import type { MemoryKill, Spawner } from '../../../spawners/spawner.ts'

export interface MemoryWorld {
  /** The kills that the engine remembers. `events` emits `memory-kill` for a new one. */
  memoryKills: MemoryKill[]
  /** The moments from which hubs have asked for kills, in order. */
  memoryAsked: number[]
}

export interface MemoryActs {
  /** Resolves with the kills from this moment on but for the first so many, as soon as there are any. */
  killsAfter(since: number, count: number): Promise<MemoryKill[]>
}

export function memoryActs(world: MemoryWorld & { events: EventEmitter }): MemoryActs {
  return {
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

export function watchMemoryOf(
  { killsAfter }: MemoryActs,
  unlessAborted: <T>(work: Promise<T>, signal: AbortSignal) => Promise<T>,
): Required<Pick<Spawner, 'watchMemory'>> {
  const listen = async ({ since, signal, tell }: Parameters<NonNullable<Spawner['watchMemory']>>[0]) => {
    for (let count = 0; !signal.aborted; ) {
      const kills = await unlessAborted(killsAfter(since, count), signal)
      count += kills.length
      for (const kill of kills) tell(kill)
    }
  }
  return { watchMemory: (options) => void listen(options).catch(() => undefined) }
}
