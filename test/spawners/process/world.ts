import { readdir, readFile } from 'node:fs/promises'
import type { ServerKey, ServerStatus, Spawner } from '../../../spawners/spawner.ts'
import { until } from '../../helpers/until.ts'

/** Returns a program in JavaScript, in which Node's modules are available by their names. */
export function node(script: string) {
  return { image: '', command: [process.execPath, '-e', script] }
}

/** Returns the pids of all processes whose environment has the server's mark; on Linux only. */
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
