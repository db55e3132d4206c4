/** Measures what hub and proxy hold while nothing happens, and checks that they return to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Harm } from '../judge.ts'
import type { FuzzWorld } from './world.ts'

interface Held {
  name: string
  open: number
  files: number | undefined
  heap: number
  resident: number
}

/** Number of connections to hub and servers that may stay idle between batches. They close by themselves in seconds. */
const idle = 40
/** Number of connections that hub and proxy may open to each other at any time. */
const own = 4
const heapGrowthBytes = 32 * 2 ** 20
/** Growth of resident memory that is allowed, since a process keeps freed memory for a while. */
const residentGrowthBytes = 256 * 2 ** 20

export type Baseline = Held[]

export async function holding(world: FuzzWorld): Promise<Baseline> {
  return Promise.all(
    world.processes.map(async ({ name, figures, files }) => {
      const { open = 0, heap = 0, resident = 0 } = (await figures({ collect: true })) ?? {}
      return { name, open, files: await files(), heap, resident }
    }),
  )
}

/**
 * Waits at most `patience` seconds until the connections of exchanges are closed, and returns the harm if they are not.
 * With `still`, connections that may stay idle must be closed too.
 */
export async function backAt(
  world: FuzzWorld,
  baseline: Baseline,
  { patience, still = false }: { patience: number; still?: boolean },
): Promise<Harm | undefined> {
  const spare = still ? own : idle
  const deadline = performance.now() + patience * 1000
  for (;;) {
    const now = await holding(world)
    const over = baseline.flatMap((then, index) => exceeding(then, now[index], spare))
    if (over.length === 0) return grown(baseline, now)
    if (performance.now() > deadline) return { kind: 'open', what: over.join('; ') }
    await sleep(50)
  }
}

function exceeding(then: Held, now: Held | undefined, spare: number): string[] {
  if (now === undefined) return []
  const more = [
    { what: 'sockets', was: then.open, is: now.open },
    { what: 'files', was: then.files ?? 0, is: now.files ?? 0 },
  ]
  return more.flatMap(({ what, was, is }) =>
    is > was + spare ? [`the ${then.name} has ${is} ${what} open, and had ${was}`] : [],
  )
}

function grown(baseline: Baseline, now: Baseline): Harm | undefined {
  for (const [index, then] of baseline.entries()) {
    const heap = (now[index]?.heap ?? 0) - then.heap
    const resident = (now[index]?.resident ?? 0) - then.resident
    if (heap <= heapGrowthBytes && resident <= residentGrowthBytes) continue
    const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`
    return {
      kind: 'memory',
      what: `the ${then.name} holds ${megabytes(heap)} more of objects, ${megabytes(resident)} in all`,
    }
  }
  return undefined
}
