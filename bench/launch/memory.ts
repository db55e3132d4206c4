/** Reads what processes hold in memory, from Linux. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Carrel } from '../../test/helpers/carrel.ts'
import type { Row } from '../figures.ts'

/** The time after the link in which what was only needed for the start goes away. */
const settleMilliseconds = 15_000

/** Megabytes of a process: all that it has in memory, and its share, where pages of several processes are divided. */
interface Memory {
  resident: number
  share: number
}

/** Collects a row for each process, for all together, and for an empty Node with a listener beside them. */
export function memoryRows() {
  const rows = new Map<string, number[]>()
  const add = (what: string, value: number) => rows.set(what, [...(rows.get(what) ?? []), value])
  return {
    /** Measures a Carrel that nothing is asked of. Its culler is not there, since that ends after each round. */
    async measure({ child, pidOf }: Carrel): Promise<void> {
      await sleep(settleMilliseconds)
      const parts = await Promise.all(
        (['proxy', 'hub'] as const).map(async (role) => [role, await pidOf(role)] as const),
      )
      const all = { resident: 0, share: 0 }
      for (const [name, pid] of [['supervisor', child.pid ?? 0] as const, ...parts]) {
        const { resident, share } = await memoryOf(pid)
        all.resident += resident
        all.share += share
        add(`${name}, RSS`, resident)
      }
      add('all processes, RSS (goal: at most 260)', all.resident)
      add('all processes, PSS', all.share)
      add('an empty Node with a listener, RSS', await emptyNode())
    },
    rows: (): Row[] => [...rows].map(([what, values]) => ({ what, values })),
  }
}

async function emptyNode(): Promise<number> {
  const program = "require('node:http').createServer().listen(0, '127.0.0.1', () => console.log('up'))"
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    return (await memoryOf(child.pid ?? 0)).resident
  } finally {
    child.kill()
  }
}

async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
  return { resident: megabytes('Rss'), share: megabytes('Pss') }
}
