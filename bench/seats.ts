/** What admission costs: the same requests through the same proxy, to a route with `admit` and to one without, in turn. */
import { type Row, summary } from './figures.ts'
import { startPlainPeer } from './seats-peer.ts'
import {
  admitOf,
  openWorld,
  type ProxyProcess,
  pageHeaders,
  requestText,
  serversUrl,
  type World,
} from './seats-world.ts'

export interface SeatsOptions {
  rounds: number
  /** configurable-http-proxy too. */
  peer: boolean
  report(line: string): void
  signal: AbortSignal
}

export interface SeatsResult {
  requests: Row[]
  messages: Row[]
  /** Of each round, in percent of what the route without admission did. */
  ratios: Row[]
}

interface Side {
  name: string
  proxy: ProxyProcess
  path: string
}

/** As many as the proxy keeps open to one server: more would measure connecting. */
const connections = 16
const webSockets = 16
/** Short, so that the two sides of a round meet the same machine. */
const sliceMilliseconds = 400
const messageBytes = 500

const withSeat = 'with admission'
const without = 'without'

export async function benchSeats(options: SeatsOptions): Promise<SeatsResult> {
  const { rounds, report, signal } = options
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(opened)
  const admit = admitOf('server1', 'user1')
  const sides: Side[] = [
    { name: without, proxy: world.proxy, path: '/user/ann/bare/' },
    { name: withSeat, proxy: world.proxy, path: '/user/ann/demo/' },
  ]
  await world.proxy.addRoute({ path: '/user/ann/bare/', target: world.target })
  await world.proxy.addRoute({ path: '/user/ann/demo/', target: world.target, revision: 1, admit })
  if (options.peer) {
    const peer = await startPlainPeer(opened, report).catch((error: unknown) => report(String(error)))
    if (peer) {
      await peer.addRoute({ path: '/user/ann/bare', target: world.target })
      sides.push({ name: 'configurable-http-proxy', proxy: peer, path: '/user/ann/bare/' })
    }
  }
  // The same bytes to all but for the path, so that only the route makes the difference.
  const headers = { ...pageHeaders(admit, { id: 'seat1', user: 'user1' }, '/user/ann/demo/'), Origin: serversUrl }
  const rows = new Map<string, number[]>()
  const note = (what: string, value: number | undefined) => {
    if (value !== undefined) rows.set(what, [...(rows.get(what) ?? []), value])
  }

  for (let round = 0; round <= rounds; round += 1) {
    signal.throwIfAborted()
    const took = new Map<string, { requests: Slice; messages: Slice }>()
    // Who comes first changes with each round. The first round warms up and does not count.
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const requests = await slice(side.proxy, () =>
        world.load({
          do: 'requests',
          port: side.proxy.port,
          requests: [requestText(side.path, headers)],
          connections,
          milliseconds: sliceMilliseconds,
        }),
      )
      took.set(side.name, { requests, messages: await messagesOf(world, side, headers) })
    }
    if (round === 0) continue
    const bare = took.get(without)
    for (const { name } of sides) {
      const slices = took.get(name)
      if (slices === undefined) continue
      const { requests, messages } = slices
      note(`${name}: requests a second`, requests.perSecond)
      note(`${name}: p50, ms`, requests.p50)
      note(`${name}: p99, ms`, requests.p99)
      note(`${name}: processor, µs a request`, requests.processorEach)
      note(`${name}: WebSocket messages a second`, messages.perSecond)
      note(`${name}: WebSocket p50, ms`, messages.p50)
      note(`${name}: WebSocket p99, ms`, messages.p99)
      if (name === without || bare === undefined) continue
      note(`${name}: % of its requests a second`, (requests.perSecond / bare.requests.perSecond) * 100)
      note(`${name}: % of its messages a second`, (messages.perSecond / bare.messages.perSecond) * 100)
      if (requests.processorEach !== undefined && bare.requests.processorEach !== undefined) {
        note(`${name}: % of its processor time a request`, (requests.processorEach / bare.requests.processorEach) * 100)
      }
    }
    const last = rows.get(`${withSeat}: % of its requests a second`)?.at(-1) ?? 0
    report(`round ${round} of ${rounds}: with admission ${last.toFixed(1)} % of the requests a second without`)
  }
  const all = [...rows].map(([what, values]): Row => ({ what, values }))
  const isRatio = ({ what }: Row) => what.includes('% of its')
  const isMessage = ({ what }: Row) => what.includes('WebSocket')
  return {
    requests: all.filter((row) => !isRatio(row) && !isMessage(row)),
    messages: all.filter((row) => !isRatio(row) && isMessage(row)),
    ratios: all.filter(isRatio),
  }
}

/** The aim: admission costs at most a tenth of the requests a second. */
export function verdict({ ratios }: SeatsResult): string {
  const values = ratios.find(({ what }) => what === `${withSeat}: % of its requests a second`)?.values ?? []
  const cost = 100 - summary(values).median
  const kept = cost <= 10 ? 'kept' : 'missed'
  return `admission costs ${cost.toFixed(1)} % of the requests a second; the aim of at most 10 % is ${kept}`
}

interface Slice {
  perSecond: number
  p50: number
  p99: number
  processorEach: number | undefined
}

async function slice(proxy: ProxyProcess, act: () => ReturnType<World['load']>): Promise<Slice> {
  const before = await proxy.processorMilliseconds()
  const { count, milliseconds, p50, p99 } = await act()
  const after = await proxy.processorMilliseconds()
  const used = before === undefined || after === undefined ? undefined : after - before
  return {
    perSecond: (count / milliseconds) * 1000,
    p50,
    p99,
    processorEach: used === undefined ? undefined : (used / count) * 1000,
  }
}

async function messagesOf(world: World, { proxy, path }: Side, headers: Record<string, string>): Promise<Slice> {
  const { Host, Origin = '', Cookie = '' } = headers
  const opening = { path: `${path}api/kernels/5d1e4c0f/channels`, headers: { Host: Host ?? '', Origin, Cookie } }
  await world.load({ do: 'open', port: proxy.port, sockets: Array.from({ length: webSockets }, () => opening) })
  try {
    return await slice(proxy, () => world.load({ do: 'echo', bytes: messageBytes, milliseconds: sliceMilliseconds }))
  } finally {
    await world.load({ do: 'close' })
  }
}
