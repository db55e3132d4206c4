/**
 * Starts what `bench seats` measures: a real proxy, a trivial server behind it and a load generator, a process each.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { choosePort } from '../../bin/start/port.ts'
import { seatCookieName } from '../../seats/cookie.ts'
import { fixedKeys, parseKeys } from '../../seats/keys.ts'
import type { Access, Route } from '../../seats/route.ts'
import { runSecrets } from '../../seats/run-secrets.ts'
import { mintSeat, seatMilliseconds } from '../../seats/seat.ts'
import { projectDir } from '../../test/helpers/carrel.ts'
import type { Seen, Task } from './load.ts'

export const hubUrl = 'http://hub.test'
export const serversUrl = 'http://nb.test'
const token = randomBytes(32).toString('hex')
const keyText = `k1:${randomBytes(32).toString('base64url')}`

export interface SeatsWorld {
  proxy: ProxyProcess
  /** Address of the server behind the proxy. */
  target: string
  load(task: Task): Promise<Seen>
}

/** A proxy in a process of its own, with its routes API and its costs. */
export interface ProxyProcess {
  port: number
  addRoute(route: Route): Promise<void>
  removeRoute(path: string, revision: number): Promise<void>
  /** Returns the processor time of all its threads so far; undefined on systems that do not report it. */
  processorMilliseconds(): Promise<number | undefined>
  /** Returns its resident memory in megabytes; undefined on systems that do not report it. */
  megabytes(): Promise<number | undefined>
  /** Returns the kilobytes of its objects and buffers after a garbage collection; undefined without an inspector. */
  heapKilobytes(): Promise<number | undefined>
}

/** Starts proxy, server and load generator. With `inspected` the size of the proxy's heap can be read. */
export async function openSeatsWorld(opened: AsyncDisposableStack, inspected = false): Promise<SeatsWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-seats-'))
  opened.defer(() => rm(dir, { recursive: true, force: true }))
  const backend = helper('backend.ts', opened)
  const [{ port }] = (await once(backend, 'message')) as [{ port: number }]
  const generator = helper('load.ts', opened)
  const port2 = await choosePort(0)
  const apiPort = await choosePort(0)
  const urls = ['--hub-url', hubUrl, '--servers-url', serversUrl, '--insecure-http', '--hub', 'http://127.0.0.1:1']
  const where = ['--ip', '127.0.0.1', '--port', String(port2), '--api-port', String(apiPort), '--data', dir]
  const inspectPort = inspected ? await choosePort(0) : undefined
  const node = inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`, '--inspect-publish-uid=http']
  const proxy = await startProxyProcess(
    [...node, join(projectDir, 'bin', 'carrel.js'), 'proxy', ...where, ...urls, '--log-file', join(dir, 'proxy.log')],
    { port: port2, apiPort, inspectPort },
    opened,
  )
  return { proxy, target: `http://127.0.0.1:${port}`, load: (task) => runTask(generator, task) }
}

/** Starts any proxy with configurable-http-proxy's routes API by its command line. */
export async function startProxyProcess(
  command: string[],
  { port, apiPort, inspectPort }: { port: number; apiPort: number; inspectPort?: number | undefined },
  opened: AsyncDisposableStack,
): Promise<ProxyProcess> {
  const env = { ...process.env, CARREL_KEYS: keyText, CARREL_PROXY_TOKEN: token, CONFIGPROXY_AUTH_TOKEN: token }
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000)
  })
  opened.defer(() => end(child))
  const call = (method: string, path: string, body?: object) =>
    fetch(`http://127.0.0.1:${apiPort}/api/routes${path}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
  for (let tries = 0; !(await call('GET', '').catch(() => undefined))?.ok; tries += 1) {
    if (child.exitCode !== null || tries === 300)
      throw new Error(`a proxy did not start: ${command.join(' ')}\n${said}`)
    await sleep(50)
  }
  const expect = (status: number, answer: Response) => {
    if (answer.status !== status) throw new Error(`a proxy answered a route write with ${answer.status}`)
  }
  return {
    port,
    addRoute: async ({ path, ...route }) => expect(201, await call('POST', path, route)),
    removeRoute: async (path, revision) => expect(204, await call('DELETE', `${path}?revision=${revision}`)),
    processorMilliseconds: () => processorMilliseconds(child.pid ?? 0).catch(() => undefined),
    megabytes: () => megabytes(child.pid ?? 0).catch(() => undefined),
    heapKilobytes: async () => (inspectPort === undefined ? undefined : heapKilobytes(inspectPort)),
  }
}

function helper(file: string, opened: AsyncDisposableStack): ChildProcess {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  opened.defer(() => end(child))
  return child
}

async function runTask(generator: ChildProcess, task: Task): Promise<Seen> {
  const answered = once(generator, 'message')
  generator.send(task)
  const [answer] = (await answered) as [{ seen: Seen } | { failed: string }]
  if ('failed' in answer) throw new Error(answer.failed)
  return answer.seen
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(kill)
}

async function processorMilliseconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const used = threads.map(async (thread) =>
    (await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' '),
  )
  return (await Promise.all(used)).reduce((sum, [nanoseconds]) => sum + Number(nanoseconds) / 1e6, 0)
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

async function megabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

export function accessOf(server: string, user: string, changes: Partial<Access> = {}): Access {
  const label = server.padStart(8, '0')
  return {
    server,
    run: 1,
    kid: 'k1',
    label,
    user,
    guests: [],
    since: 0,
    ended: [],
    ancestors: [],
    cors: [],
    ...changes,
  }
}

const secretsOf = runSecrets(fixedKeys(parseKeys(keyText)))

/** Returns the headers that a browser sends with each request of a page in JupyterLab, with the cookie of this seat. */
export function pageHeaders(access: Access, seat: { id: string; user: string }, path: string): Record<string, string> {
  const secrets = secretsOf(access)
  if (secrets === undefined) throw new Error('the key is missing')
  const { server, run } = access
  const issued = Date.now()
  const whole = { ...seat, server, run, framed: false, issued, expires: issued + seatMilliseconds }
  const cookie = `${seatCookieName(access.label, { ownHost: false, secure: false })}=${mintSeat(secrets.seatKey, whole)}`
  return {
    Host: 'nb.test',
    'User-Agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    Accept: '*/*',
    'Accept-Language': 'en-GB,en;q=0.9',
    'Accept-Encoding': 'gzip, deflate, br',
    Referer: `${serversUrl}${path}lab/tree/welcome.ipynb`,
    'Content-Type': 'application/json',
    'X-XSRFToken': '2|7d1e4c0f|0a3f2a6a7c116d4d4b399d0f0a3f2a6a|1700000000',
    Cookie: `_xsrf=2|7d1e4c0f|0a3f2a6a7c116d4d4b399d0f0a3f2a6a|1700000000; username-nb-test="2|1:0|10:1700000000|16:username-nb-test|120:eyJ1c2VybmFtZSI6ICI1ZDFlNGMwZiJ9|7c116d4d4b39"; ${cookie}`,
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Dest': 'empty',
  }
}

export function requestText(path: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path}api/kernels/5d1e4c0f?1700000000000 HTTP/1.1\r\n${lines.join('')}\r\n`
}
