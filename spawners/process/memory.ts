import { readFile } from 'node:fs/promises'
import type { ServerKey } from '../spawner.ts'
import { processesOfRuns } from './marked.ts'
import { runName } from './run-folder.ts'

/**
 * Returns the bytes that the processes of each run have in memory; of what several processes share, each has its part. Linux
 * tells this; elsewhere nothing is known.
 */
export async function memoryOfRuns(runs: readonly ServerKey[]): Promise<(number | undefined)[]> {
  const processes = await processesOfRuns()
  return Promise.all(
    runs.map(async (run) => {
      const parts = await Promise.all((processes.get(runName(run)) ?? []).map(partOf))
      const known = parts.filter((part) => part !== undefined)
      return known.length === 0 ? undefined : known.reduce((sum, part) => sum + part, 0)
    }),
  )
}

/** Returns the part of a process in bytes; undefined where it has just ended. */
async function partOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '')
  const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}
