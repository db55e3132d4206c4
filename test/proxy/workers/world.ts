/** A proxy with two workers as a process of its own, between a fake hub and a fake server. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { type ProxyCommand, startProxyCommand } from '../command.ts'
import {
  addRoute,
  api,
  type Backend,
  cookieOf,
  type FakeHub,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  routeOf,
  serversUrl,
  startBackend,
  startFakeHub,
  temporaryFolder,
  token,
} from '../world.ts'

export interface Workers {
  hub: FakeHub
  backend: Backend
  proxy: ProxyCommand
}

export async function startWorkers(
  cleanup: Cleanup,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Workers> {
  const [hub, backend] = [await startFakeHub(cleanup), await startBackend(cleanup)]
  const routesFile = `${await temporaryFolder(cleanup)}/routes.json`
  const options = { hubs: [hub.url], hubUrl, serversUrl, insecureHttp: true, keys, token, routesFile, workers: 2 }
  const proxy = await startProxyCommand(cleanup, options, { args, env })
  // A routes file of an earlier start has the route.
  if ((await api(proxy, 'GET', '/api/routes/user/ann/demo')).status === 404) await addRoute(proxy, routeOf(backend))
  return { hub, backend, proxy }
}

/** A connection of a browser that can ask again and again. */
export interface Kept {
  /** The slot of its worker. */
  slot: number
  socket: Socket
  /** Asks for the health, and returns whether the answer came. */
  isAlive(): Promise<boolean>
}

/** Opens a connection and finds its worker, whose log names the request. */
export async function openKept(cleanup: Cleanup, proxy: ProxyCommand): Promise<Kept> {
  const socket = connect(addressOf(proxy.urls[0]) as { host: string; port: number })
  cleanup.defer(() => socket.destroy())
  socket.on('error', () => undefined)
  const isAlive = async () => {
    socket.write('GET /_carrel/health HTTP/1.1\r\nhost: nb.test\r\n\r\n')
    const over = new AbortController()
    const ended = once(socket, 'close', over).then(
      () => false,
      () => false,
    )
    const answered = once(socket, 'data', over).then(
      () => true,
      () => false,
    )
    const came = await Promise.race([answered, ended])
    over.abort()
    return came && !socket.destroyed
  }
  const before = requests(proxy).length
  if (!(await isAlive())) throw new Error('the connection was closed')
  const line = await until(() => requests(proxy)[before], 'the log names the request')
  return { slot: Number(line.worker), socket, isAlive }
}

/** Opens connections until each of both workers has two. */
export async function openAtBoth(cleanup: Cleanup, proxy: ProxyCommand): Promise<[Kept[], Kept[]]> {
  const kept: Kept[] = []
  const of = (slot: number) => kept.filter((one) => one.slot === slot)
  while (of(1).length < 2 || of(2).length < 2) kept.push(await openKept(cleanup, proxy))
  return [of(1), of(2)]
}

/** Opens WebSockets with a seat, so many that both workers have some. */
export async function openSeats(cleanup: Cleanup, proxy: ProxyCommand, seat = cookieOf()) {
  const sockets = Array.from({ length: 24 }, () =>
    openWebSocket(proxy.urls[0], '/user/ann/demo/api/kernels/1/channels', { cookie: seat, origin: serversUrl }),
  )
  cleanup.defer(() => {
    for (const socket of sockets) socket.terminate()
  })
  for (const how of await Promise.all(sockets.map(outcome))) if (how !== 'open') throw new Error(`answered with ${how}`)
  return sockets
}

function requests({ lines }: ProxyCommand) {
  return lines.filter(({ msg, worker }) => msg === 'request' && worker !== undefined)
}

/** Resolves with the new process id when a worker of this slot has started after the one with this id. */
export function untilReplaced(proxy: ProxyCommand, slot: number, old: number): Promise<number> {
  return until(() => proxy.pidOf(slot) !== old && proxy.pidOf(slot), `worker ${slot} is replaced`)
}

export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
