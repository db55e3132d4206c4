import { readdir, readFile } from 'node:fs/promises'
import { runMark } from './program.ts'

/**
 * Returns the pids of the processes of runs and errands by the names of these, which every process carries as a mark in its
 * environment. Returns none on other systems than Linux, which do not show a process's environment.
 */
export async function processesOfRuns(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  if (process.platform !== 'linux') return found
  const [mark] = runMark('')
  const marked = new RegExp(`(?:^|\\0)${mark}=([^\\0]*)\\0`)
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      const name = marked.exec(environment)?.[1]
      if (name !== undefined) found.set(name, [...(found.get(name) ?? []), Number(pid)])
    }),
  )
  return found
}
