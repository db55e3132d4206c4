/** How much memory containers take. */
import type { ContainerStats } from 'dockerode'
import { inParallel } from '../../net/in-parallel.ts'
import type { ServerKey } from '../spawner.ts'
import { usage } from './containers.ts'
import type { Engine } from './engine.ts'
import { containerName } from './labels.ts'

/**
 * How many containers are asked about at once. The engine has no question about several, and measures all that are wanted
 * once a second: the answers take that long, but no more work than one after the other.
 */
const atOnce = 64

export async function memoryOfContainers(engine: Engine, runs: readonly ServerKey[]): Promise<(number | undefined)[]> {
  const all: (number | undefined)[] = runs.map(() => undefined)
  await inParallel(atOnce, [...runs.entries()], async ([index, run]) => {
    all[index] = memoryIn((await usage(engine, containerName(run)))?.memory_stats)
  })
  return all
}

type MemoryStats = Partial<ContainerStats['memory_stats']>

/**
 * Returns the memory of a container without the files that the kernel keeps there and may drop at any time. An engine tells
 * nothing of a container that does not run. Pure.
 */
export function memoryIn(told: MemoryStats | undefined): number | undefined {
  if (told?.usage === undefined) return undefined
  const { total_inactive_file, total_active_file, inactive_file = 0, active_file = 0 } = told.stats ?? {}
  // The totals are of version 1 of the kernel's control groups, where the others are without the groups below.
  const files = (total_inactive_file ?? inactive_file) + (total_active_file ?? active_file)
  return Math.max(0, told.usage - files)
}
