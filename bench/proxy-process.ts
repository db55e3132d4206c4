/** Starts processes of a benchmark, reads what they cost, and gives each a core of its own. */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { undefinedIf } from '../net/error-code.ts'
import type { Route } from '../seats/route.ts'
import { unlessAborted } from './interruption.ts'
import { keyText } from './seat-headers.ts'

const token = randomBytes(32).toString('hex')

/** How long a call of the routes API may take. */
const callMilliseconds = 20_000

/** How long a task of a load generator may take. */
const taskMilliseconds = 90_000

/** A proxy in a process of its own, with its routes API and its costs. */
export interface ProxyProcess {
  port: number
  addRoute(route: Route): Promise<void>
  removeRoute(path: string, revision: number): Promise<void>
  /** Returns the processor time of all its threads and workers so far; undefined on systems that do not report it. */
  processorMilliseconds(): Promise<number | undefined>
  /** Returns its resident memory in megabytes; undefined on systems that do not report it. */
  megabytes(): Promise<number | undefined>
  /** Returns the kilobytes of its objects and buffers after a garbage collection; undefined without an inspector. */
  heapKilobytes(): Promise<number | undefined>
}

/** The ports of a proxy, and the core on which it shall run. */
export interface ProxyPlace {
  port: number
  apiPort: number
  inspectPort?: number | undefined
  core?: number | undefined
}

/** Starts any proxy with configurable-http-proxy's routes API by its command line. */
export async function startProxyProcess(
  command: string[],
  { port, apiPort, inspectPort, core }: ProxyPlace,
  opened: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ProxyProcess> {
  const env = { ...process.env, CARREL_KEYS: keyText, CARREL_PROXY_TOKEN: token, CONFIGPROXY_AUTH_TOKEN: token }
  const child = spawn(...withManyFiles(process.execPath, command), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  if (core !== undefined) pin(child, core)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000)
  })
  opened.defer(() => endProcess(child))
  const call = (method: string, path: string, body?: object) =>
    fetch(`http://127.0.0.1:${apiPort}/api/routes${path}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(callMilliseconds)]),
    })
  // A proxy with workers answers its API before they listen.
  const isUp = async () => (await call('GET', '').catch(() => undefined))?.ok === true && (await accepts(port))
  for (let tries = 0; !(await isUp()); tries += 1) {
    if (child.exitCode !== null || tries === 300)
      throw new Error(`a proxy did not start: ${command.join(' ')}\n${said}`)
    await sleep(50, undefined, { signal })
  }
  const expect = (status: number, answer: Response) => {
    if (answer.status !== status) throw new Error(`a proxy answered a route write with ${answer.status}`)
  }
  return {
    port,
    addRoute: async ({ path, ...route }) => expect(201, await call('POST', path, route)),
    removeRoute: async (path, revision) => expect(204, await call('DELETE', `${path}?revision=${revision}`)),
    processorMilliseconds: () => familyMilliseconds(child.pid ?? 0).catch(() => undefined),
    megabytes: () => megabytes(child.pid ?? 0).catch(() => undefined),
    heapKilobytes: async () => (inspectPort === undefined ? undefined : heapKilobytes(inspectPort)),
  }
}

/** The open files that a proxy with ten thousand WebSockets takes. */
const manyFiles = 65_536

/** Returns a command that may open many files, where this user may allow it. */
function withManyFiles(program: string, args: string[]): [string, string[]] {
  const limit = `--nofile=${manyFiles}`
  const isAllowed = spawnSync('prlimit', [limit, 'true']).status === 0
  return isAllowed ? ['prlimit', [limit, program, ...args]] : [program, args]
}

/** Moves a process to one core, where the system can do that. */
export function pin(child: ChildProcess, core: number): void {
  if (child.pid !== undefined)
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(child.pid)])
}

/** Starts a program of the benchmark that speaks by messages, and ends it with the benchmark. */
export function startHelper(file: string, opened: AsyncDisposableStack, args: string[] = []): ChildProcess {
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  opened.defer(() => endProcess(child, 'SIGKILL'))
  return child
}

let tasks = 0

/**
 * Gives a load generator a task, and returns what it has seen. Rejects when the task fails or takes too long, when the
 * generator ends, and when the signal aborts.
 */
export function runTask<Seen>(generator: ChildProcess, task: object, signal: AbortSignal): Promise<Seen> {
  tasks += 1
  const id = tasks
  const { promise, resolve, reject } = Promise.withResolvers<Seen>()
  // The answer of an earlier task, which took too long, has another id.
  const take = (answer: { id: number; seen: Seen } | { id: number; failed: string }) => {
    if (answer.id !== id) return
    if ('failed' in answer) reject(new Error(answer.failed))
    else resolve(answer.seen)
  }
  const ended = () => reject(new Error('the load generator has ended'))
  const late = setTimeout(() => reject(new Error(`it took more than ${taskMilliseconds / 1000} s`)), taskMilliseconds)
  generator.on('message', take).once('exit', ended)
  if (generator.connected) generator.send({ id, ...task }, (error) => error && reject(error))
  else ended()
  return unlessAborted(signal, promise).finally(() => {
    clearTimeout(late)
    generator.off('message', take).off('exit', ended)
  })
}

/** Returns whether a connection to a port of this machine is accepted. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(kill)
}

/** Returns the processor time of a process and of all that it has started. */
async function familyMilliseconds(pid: number): Promise<number> {
  const children = (await ofEachThread(pid, 'children')).flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  const all = await Promise.all([processorMilliseconds(pid), ...children.map(familyMilliseconds)])
  return all.reduce((sum, each) => sum + each, 0)
}

export async function processorMilliseconds(pid: number): Promise<number> {
  const used = await ofEachThread(pid, 'schedstat')
  return used.reduce((sum, line) => sum + Number(line.split(' ')[0]) / 1e6, 0)
}

/** Returns what Linux says of each thread of a process, without those that end meanwhile. */
async function ofEachThread(pid: number, file: string): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`)
  const texts = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/${file}`, 'utf8').catch(undefinedIf('ENOENT', 'ESRCH')),
  )
  return (await Promise.all(texts)).filter((text) => text !== undefined)
}

async function heapKilobytes(inspectPort: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${inspectPort}/json/list`)
  const [{ webSocketDebuggerUrl }] = (await answer.json()) as [{ webSocketDebuggerUrl: string }]
  const inspector = new WebSocket(webSocketDebuggerUrl)
  await once(inspector, 'open')
  const call = async (id: number, method: string) => {
    inspector.send(JSON.stringify({ id, method }))
    const [message] = (await once(inspector, 'message')) as [MessageEvent<string>]
    return JSON.parse(message.data).result as { usedSize: number; backingStorageSize: number }
  }
  await call(1, 'HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await call(2, 'Runtime.getHeapUsage')
  inspector.close()
  return (usedSize + backingStorageSize) / 1024
}

export async function megabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}
