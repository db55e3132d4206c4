import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { OpenContext, ServerKey, ServerSpec, ServerStatus, Spawner } from '../../../spawners/spawner.ts'
import { until } from '../../helpers/until.ts'

/** Another server in each process, since the processes of a server are known by its id alone. */
export const key = { server: `serverofatest${randomBytes(4).toString('hex')}`, run: 1 }

export function specOf(program: Pick<ServerSpec, 'command'>, more: Partial<ServerSpec> = {}): ServerSpec {
  const rest = { hash: 'h', course: 'demo', user: 'ann', image: '', env: {}, limits: {}, gpu: false, bundles: [] }
  return { ...key, ...rest, ...program, ...more }
}

export function contextOf(dataDir: string, context: Partial<OpenContext> = {}): OpenContext {
  const installation = { name: 'carrel-test', id: 'idofthetests' }
  const urls = { hubUrl: 'http://127.0.0.1:8000', serversUrl: 'http://localhost:8000' }
  return { installation, dataDir, ...urls, warn: () => undefined, ...context }
}

/** Returns a program in JavaScript, in which Node's modules are available by their names. */
export function node(script: string) {
  return { image: '', command: [process.execPath, '-e', script] }
}

/**
 * Returns the pids of all processes whose environment has the server's mark, without the shell that waits for one of them.
 * On Linux only.
 */
export async function processesOf(server: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const found: { pid: string; parent: string; isShell: boolean }[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const text = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')
    if (!(await text('environ')).includes(`CARREL_RUN=${server}-`)) continue
    const [, parent = ''] = /\) \S (\d+)/.exec(await text('stat')) ?? []
    found.push({ pid, parent, isShell: (await text('cmdline')).startsWith('/bin/sh\0') })
  }
  const isWaiting = (pid: string) => found.some(({ parent }) => parent === pid)
  return found.filter(({ pid, isShell }) => !(isShell && isWaiting(pid))).map(({ pid }) => pid)
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
