import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import type { Listen, OpenContext, ServerKey, ServerSpec, ServerStatus, Spawner } from '../../../spawners/spawner.ts'
import { until } from '../../helpers/until.ts'
import type { SpawnerWorld } from '../contract.ts'

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

/** Returns the world of the contract suite: programs in JavaScript, as processes of this machine. */
export async function processWorld(): Promise<SpawnerWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  const runDir = await openRunDir(dataDir, process.env)
  const folders = async (server: string) =>
    (await readdir(runDir)).filter((name) => name.startsWith(`${server}-`)).map((name) => join(runDir, name))
  return {
    plugin: processSpawner(),
    measuresMemory: process.platform === 'linux',
    missingImage: join(dataDir, 'no-such-folder'),
    open: (installation) => processSpawner().open(contextOf(dataDir, { installation })),
    working: (listen) => node(`http.createServer((_, r) => r.end()).listen(${placeOf(listen)})`),
    exiting: (_listen, code, line) => node(`console.log(${JSON.stringify(line)}); process.exitCode = ${code}`),
    killed: () => node("process.kill(process.pid, 'SIGKILL')"),
    async freeze(server) {
      for (const folder of await folders(server)) {
        const [pid] = (await readFile(join(folder, 'pid'), 'utf8')).split('\n')
        process.kill(-Number(pid), 'SIGSTOP')
      }
    },
    remembering: (listen) =>
      node(`const before = fs.existsSync('note'); fs.writeFileSync('note', '')
http.createServer((_, r) => r.writeHead(before ? 404 : 200).end()).listen(${placeOf(listen)})`),
    impossible: () => ({ image: '', command: ['no-such-jupyter'] }),
    // Counts processes beyond the first too: a second process of one run would be an object too many.
    objects: async (server) => [...(await folders(server)), ...(await processesOf(server)).slice(1)],
    async visible(server) {
      const seen = (await folders(server)).map(async (folder) => {
        const [pid = ''] = (await readFile(join(folder, 'pid'), 'utf8')).split('\n')
        const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', pid])
        return `${stdout} ${await readFile(join(folder, 'about.json'), 'utf8')}`
      })
      return (await Promise.all(seen)).join('\n')
    },
    async close() {
      await rm(runDir, { recursive: true })
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Returns the arguments with which a server of Node listens in that place. */
function placeOf(listen: Listen): string {
  return 'socket' in listen ? JSON.stringify(listen.socket) : `${listen.port}, ${JSON.stringify(listen.ip)}`
}
