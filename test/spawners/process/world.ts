import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerKey, ServerStatus, Spawner } from '../../../spawners/spawner.ts'

/** A program in JavaScript, in which Node's modules are at hand by their names. */
export function node(script: string) {
  return { image: '', command: [process.execPath, '-e', script] }
}

/** Pids whose environment says that they belong to the server; on Linux only. */
export async function processesOf(server: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const environments = pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''))
  const marked = (await Promise.all(environments)).map((text) => text.includes(`CARREL_RUN=${server}-`))
  return pids.filter((_, index) => marked[index])
}

export async function ended(spawner: Spawner, key: ServerKey): Promise<Extract<ServerStatus, { state: 'exited' }>> {
  let status: ServerStatus | undefined
  await until(async () => {
    status = await spawner.poll(key, undefined)
    return status.state === 'exited'
  })
  if (status?.state !== 'exited') throw new Error('it did not end')
  return status
}

/** For what no event tells. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 45_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it never came true: ${isSo}`)
    await sleep(20)
  }
}
