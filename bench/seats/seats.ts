/** Measures what admission costs: sends the same requests, in turn, to a route with `access` and to one without. */
import { type Row, summary } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { startPlainPeer } from './peer.ts'
import {
  accessOf,
  openSeatsWorld,
  type ProxyProcess,
  pageHeaders,
  requestText,
  type SeatsWorld,
  serversUrl,
} from './world.ts'

export interface SeatsOptions {
  rounds: number
  /** Whether to measure configurable-http-proxy too. */
  peer: boolean
  report(line: string): void
  signal: AbortSignal
}

export interface SeatsResult {
  requests: Row[]
  messages: Row[]
  /** Results of each round with admission, in percent of the results without. */
  ratios: Row[]
  /** How busy the machine was with other work before each round, from 0 to 1. */
  busy: number[]
}

interface Side {
  name: string
  proxy: ProxyProcess
  path: string
}

/** Number of connections: as many as the proxy keeps open to one server, since more would measure connecting. */
const connections = 16
const webSockets = 16
/** Length of one measurement. It is short, so that the machine is the same for both sides of a round. */
const sliceMilliseconds = 400
const messageBytes = 500
const warmingRequests = 5000

const withSeat = 'with admission'
const without = 'without'
const perSecond = '% of its requests a second'
const processorEach = '% of its processor time a request'

export async function benchSeats(options: SeatsOptions): Promise<SeatsResult> {
  const { rounds, report, signal } = options
  await using opened = new AsyncDisposableStack()
  const world = await openSeatsWorld(opened)
  const access = accessOf('server1', 'user1')
  const sides: Side[] = [
    { name: without, proxy: world.proxy, path: '/user/ann/bare/' },
    { name: withSeat, proxy: world.proxy, path: '/user/ann/demo/' },
  ]
  await world.proxy.addRoute({ path: '/user/ann/bare/', target: world.target })
  await world.proxy.addRoute({ path: '/user/ann/demo/', target: world.target, revision: 1, access })
  if (options.peer) {
    const peer = await startPlainPeer(opened, report).catch((error: unknown) => report(String(error)))
    if (peer) {
      await peer.addRoute({ path: '/user/ann/bare', target: world.target })
      sides.push({ name: 'configurable-http-proxy', proxy: peer, path: '/user/ann/bare/' })
    }
  }
  // All sides get the same bytes except the path, so that only the route makes the difference.
  const headers = { ...pageHeaders(access, { id: 'seat1', user: 'user1' }, '/user/ann/demo/'), Origin: serversUrl }
  const rows = new Map<string, number[]>()
  const note = (what: string, value: number | undefined) => {
    if (value !== undefined) rows.set(what, [...(rows.get(what) ?? []), value])
  }

  // Warms all sides up, so that the compilation of code counts for none of them.
  for (const { proxy, path } of sides) {
    const requests = Array<string>(warmingRequests).fill(requestText(path, headers))
    await world.load({ do: 'each', port: proxy.port, requests, connections })
  }
  const busy: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    signal.throwIfAborted()
    busy.push(await untilQuiet())
    const took = new Map<string, { requests: Slice; messages: Slice }>()
    // The side that comes first changes with each round.
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
      note(`${name}: ${perSecond}`, (requests.perSecond / bare.requests.perSecond) * 100)
      note(`${name}: % of its messages a second`, (messages.perSecond / bare.messages.perSecond) * 100)
      if (requests.processorEach !== undefined && bare.requests.processorEach !== undefined) {
        note(`${name}: ${processorEach}`, (requests.processorEach / bare.requests.processorEach) * 100)
      }
    }
    const last = rows.get(`${withSeat}: ${perSecond}`)?.at(-1) ?? 0
    report(`round ${round} of ${rounds}: with admission ${last.toFixed(1)} % of the requests a second without`)
  }
  const all = [...rows].map(([what, values]): Row => ({ what, values }))
  const isRatio = ({ what }: Row) => what.includes('% of its')
  const isMessage = ({ what }: Row) => what.includes('WebSocket')
  return {
    requests: all.filter((row) => !isRatio(row) && !isMessage(row)),
    messages: all.filter((row) => !isRatio(row) && isMessage(row)),
    ratios: all.filter(isRatio),
    busy,
  }
}

/** Says in words whether the aim is reached: admission costs at most a tenth of the requests per second. */
export function verdict({ ratios, busy }: SeatsResult): string {
  const costs = (ratio: string) => {
    const row = ratios.find(({ what }) => what === `${withSeat}: ${ratio}`)
    const sign = ratio === perSecond ? 1 : -1
    return (row?.values ?? []).map((value) => (100 - value) * sign)
  }
  const [requests, processor] = [costs(perSecond), costs(processorEach)]
  const [low, high] = middle(requests)
  const kept = summary(requests).median <= 10 ? 'kept' : 'missed'
  const aim = high - low > 20 ? 'neither kept nor missed, since rounds differ too much' : kept
  const beside = processor.length === 0 ? '' : `, and ${spread(processor)} of processor time a request`
  const others = `Before the rounds the machine was busy with other things: ${spread(busy.map((share) => share * 100))}.`
  return `Admission costs ${spread(requests)} of the requests a second${beside}: the aim of at most 10 % is ${aim}.\n${others}`
}

/** Returns the median and, in brackets, the range of the middle half of the rounds. */
function spread(values: number[]): string {
  const [low, high] = middle(values)
  return `${summary(values).median.toFixed(1)} % (half of the rounds: ${low.toFixed(1)}..${high.toFixed(1)})`
}

function middle(values: number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0
  return [at(0.25), at(0.75)]
}

interface Slice {
  perSecond: number
  p50: number
  p99: number
  processorEach: number | undefined
}

async function slice(proxy: ProxyProcess, act: () => ReturnType<SeatsWorld['load']>): Promise<Slice> {
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

async function messagesOf(world: SeatsWorld, { proxy, path }: Side, headers: Record<string, string>): Promise<Slice> {
  const { Host, Origin = '', Cookie = '' } = headers
  const opening = { path: `${path}api/kernels/5d1e4c0f/channels`, headers: { Host: Host ?? '', Origin, Cookie } }
  await world.load({ do: 'open', port: proxy.port, sockets: Array.from({ length: webSockets }, () => opening) })
  try {
    return await slice(proxy, () => world.load({ do: 'echo', bytes: messageBytes, milliseconds: sliceMilliseconds }))
  } finally {
    await world.load({ do: 'close' })
  }
}
