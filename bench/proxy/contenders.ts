/** The proxies that `bench proxy` compares. They run on one core, and the load and the server on another. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePort } from '../../bin/start/port.ts'
import type { Route } from '../../seats/route.ts'
import { projectDir } from '../../test/helpers/carrel.ts'
import { pin, processorMilliseconds, runTask, startHelper, startProxyProcess } from '../proxy-process.ts'
import { accessOf, hubUrl, serversUrl } from '../seat-headers.ts'
import type { BackendAnswer } from './backend.ts'
import { startPlainPeer } from './chp.ts'
import type { Seen, Task } from './load.ts'
import { startNginx } from './nginx.ts'

export interface Contender {
  name: string
  port: number
  /** Whether its routes ask for a seat. */
  isSeated: boolean
  processorMilliseconds(): Promise<number | undefined>
  megabytes(): Promise<number | undefined>
  /** Adds many more routes; undefined where the contender has no routes API. */
  addRoutes?(count: number): Promise<void>
}

export interface ProxyWorld {
  contenders: Contender[]
  load(task: Task): Promise<Seen>
  /** Returns the processor time of load generator and server so far. */
  othersMilliseconds(): Promise<number>
  /** Returns how many of the server's connections wait for their client. */
  stuck(): Promise<number>
}

export const ours = 'Carrel'
export const oursPlain = 'Carrel, no admission'
export const oursTwo = 'Carrel, two workers'
export const chp = 'configurable-http-proxy'

/** How many servers there are behind each proxy, each with a route. */
export const servers = 10

/**
 * Addresses of this machine, for servers and clients: between two addresses there are 28,000 ports, and a proxy of ours
 * lets one address have only a part of its connections. Other systems than Linux have one such address.
 */
export const addresses = Array.from({ length: servers }, (_, index) =>
  process.platform === 'linux' ? `127.0.0.${index + 1}` : '127.0.0.1',
)

export function pathOf(server: number): string {
  return `/user/u${server}/demo/`
}

export function serverAccess(server: number) {
  return accessOf(`server${server}`, `user${server}`)
}

/**
 * Starts all contenders, with a server behind them and a load generator. Reports a contender that cannot start. With
 * `workers` there are only our proxy as one process and with two workers, and all programs share all cores: where the
 * load had one to itself, it would be the bottleneck, and workers would idle.
 */
export async function openProxyWorld(
  opened: AsyncDisposableStack,
  {
    peers = false,
    workers = false,
    report,
    signal,
  }: { peers?: boolean; workers?: boolean; report(line: string): void; signal: AbortSignal },
): Promise<ProxyWorld> {
  const [core, otherCore] = availableParallelism() > 1 ? [0, 1] : [0, 0]
  const backend = startHelper(join(import.meta.dirname, 'backend.ts'), opened, addresses)
  const [{ targets = [] }] = (await once(backend, 'message', { signal })) as [BackendAnswer]
  const generator = startHelper(join(import.meta.dirname, 'load.ts'), opened)
  if (!workers) for (const each of [backend, generator]) pin(each, otherCore)

  const routesOf = (isSeated: boolean): Route[] =>
    Array.from({ length: servers }, (_, server) => ({
      path: pathOf(server),
      target: targets[server] ?? '',
      ...(isSeated ? { revision: 1, access: serverAccess(server) } : {}),
    }))
  const contenders = workers
    ? [await startOurs(ours), await startOurs(oursTwo)]
    : [await startOurs(ours, core), await startOurs(oursPlain, core)]
  if (peers) {
    const skip = (name: string) => (error: unknown) => {
      signal.throwIfAborted()
      report(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
    const peer = await startPlainPeer(opened, { report, signal, core }).catch(skip(chp))
    if (peer) {
      for (const route of routesOf(false)) await peer.addRoute(route)
      contenders.push({ name: chp, isSeated: false, ...peer, addRoutes: adding(peer, targets[0] ?? '') })
    }
    const nginx = await startNginx(routesOf(false), opened, { signal, core }).catch(skip('nginx'))
    if (nginx) contenders.push(nginx)
  }
  const others = [backend, generator]
  return {
    contenders,
    load: (task) => runTask<Seen>(generator, task, signal),
    async othersMilliseconds() {
      const used = await Promise.all(others.map(({ pid }) => processorMilliseconds(pid ?? 0).catch(() => Number.NaN)))
      return used.reduce((sum, each) => sum + each, 0)
    },
    async stuck() {
      const answered = once(backend, 'message', { signal })
      backend.send('stuck')
      const [answer] = (await answered) as [BackendAnswer]
      return answer.stuck ?? 0
    },
  }

  async function startOurs(name: string, core?: number): Promise<Contender> {
    const dir = await mkdtemp(join(tmpdir(), 'carrel-proxy-'))
    opened.defer(() => rm(dir, { recursive: true, force: true }))
    const place = { port: await choosePort(0), apiPort: await choosePort(0), core }
    const isSeated = name !== oursPlain
    const urls = ['--hub-url', hubUrl, '--servers-url', serversUrl, '--insecure-http', '--hub', 'http://127.0.0.1:1']
    const where = ['--ip', '127.0.0.1', '--port', String(place.port), '--api-port', String(place.apiPort)]
    const more = ['--connections-per-address', '20000', '--data', dir, '--log-file', join(dir, 'proxy.log')]
    const crew = name === oursTwo ? ['--workers', '2'] : []
    const script = join(projectDir, 'bin', 'carrel.js')
    const proxy = await startProxyProcess(
      [script, 'proxy', ...where, ...more, ...crew, ...(isSeated ? urls : [])],
      place,
      opened,
      signal,
    )
    for (const route of routesOf(isSeated)) await proxy.addRoute(route)
    return { name, isSeated, ...proxy, addRoutes: adding(proxy, targets[0] ?? '') }
  }
}

function adding(proxy: { addRoute(route: Route): Promise<void> }, target: string) {
  return async (count: number) => {
    for (let from = 0; from < count; from += 100) {
      const some = Array.from({ length: 100 }, (_, index) => ({ path: `/user/other${from + index}/demo/`, target }))
      await Promise.all(some.map((route) => proxy.addRoute(route)))
    }
  }
}
