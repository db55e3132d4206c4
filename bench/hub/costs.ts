/** Reads what a process has cost so far, as Linux counts it. */
import { readdir, readFile } from 'node:fs/promises'

/** Returns the processor time of all threads of the process. */
export async function processorMilliseconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const used = threads.map(async (thread) =>
    (await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' '),
  )
  return (await Promise.all(used)).reduce((sum, [nanoseconds]) => sum + Number(nanoseconds) / 1e6, 0)
}

/**
 * Returns how long the main thread of the process has waited for a core, since other programs had it. Where that is much,
 * times on the clock say little.
 */
export async function waitedMilliseconds(pid: number): Promise<number> {
  const [, nanoseconds] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')).split(' ')
  return Number(nanoseconds) / 1e6
}

/** Returns the resident memory of the process. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}
