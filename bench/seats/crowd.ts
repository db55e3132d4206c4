/** Measures what sign-outs of some users cost the others, with 10,000 seats and 1,000 WebSockets at one proxy. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from '../../seats/route.ts'
import type { Row } from '../figures.ts'
import { accessOf, pageHeaders, requestText, serversUrl } from '../seat-headers.ts'
import type { Seen } from './load.ts'
import { openSeatsWorld, type SeatsWorld } from './world.ts'

export interface CrowdSize {
  servers: number
  seatsEach: number
  webSocketsEach: number
  /** Number of seats of each server that have ended earlier. */
  endedEach: number
  /** Number of sign-outs in each turn. */
  signOuts: number
}

const usual: CrowdSize = { servers: 500, seatsEach: 20, webSocketsEach: 2, endedEach: 20, signOuts: 20 }

/** Number of turns. Each turn measures without sign-outs and then with them. */
const turns = 5

const perSecond = 1000
const milliseconds = 2000
const connections = 16

interface Desk {
  path: string
  access: Access
}

/** Runs the benchmark. Rejects when a WebSocket closes that should not, and when the signal aborts. */
export async function benchCrowd(
  report: (line: string) => void,
  signal: AbortSignal,
  size: CrowdSize = usual,
): Promise<Row[]> {
  await using opened = new AsyncDisposableStack()
  const world = await openSeatsWorld(opened, { inspected: true, signal })
  const { proxy } = world
  const desks = Array.from({ length: size.servers }, (_, index) => deskOf(index, size))
  const row = (what: string, ...values: (number | undefined)[]): Row => ({
    what,
    values: values.filter((value) => value !== undefined),
  })

  const [first] = desks
  if (first === undefined) throw new Error('a crowd needs a server')
  await write(world, first)
  const alone = await timesOf(20, () => write(world, first))
  for (const desk of desks) await write(world, desk)
  const atFirst = await proxy.heapKilobytes()
  report(`${desks.length} servers have their routes`)

  const requests = desks.flatMap((desk) =>
    seatIds(desk, size).map((id) => requestText(desk.path, pageHeaders(desk.access, seatOf(desk, id), desk.path))),
  )
  const cold = await world.load({ do: 'each', port: proxy.port, requests, connections })
  const seated = await proxy.heapKilobytes()
  const warm = await world.load({ do: 'each', port: proxy.port, requests, connections })
  report(`${requests.length} seats were used, twice`)

  // Takes the first seats of each server, so that the sockets of a server are neighbours in the list.
  const sockets = desks.flatMap((desk) =>
    seatIds(desk, size)
      .slice(0, size.webSocketsEach)
      .map((id) => ({ desk, id })),
  )
  const before = await proxy.heapKilobytes()
  await world.load({
    do: 'open',
    port: proxy.port,
    sockets: sockets.map(({ desk, id }) => ({
      path: `${desk.path}api/kernels/5d1e4c0f/channels`,
      headers: upgradeHeaders(desk, id),
    })),
  })
  const open = await proxy.heapKilobytes()
  const resident = await proxy.megabytes()
  report(`${sockets.length} WebSockets are open`)

  const talk = () => world.load({ do: 'talk', bytes: 500, perSecond, milliseconds })
  await talk()
  const quiet: Seen[] = []
  const during: Seen[] = []
  const ended = new Set<string>()
  const writes: number[] = []
  const signingOut = desks.slice(0, size.signOuts * turns).entries()
  for (let turn = 0; turn < turns; turn += 1) {
    quiet.push(await talk())
    const talking = talk()
    for (const [index, desk] of signingOut.take(size.signOuts)) {
      const began = performance.now()
      for (const id of await signOut(world, desk, index, size)) ended.add(id)
      writes.push(performance.now() - began)
      await sleep((milliseconds * 0.8) / size.signOuts)
    }
    during.push(await talking)
  }
  const closed = during.at(-1)?.closed ?? []
  const expected = sockets.flatMap(({ id }, index) => (ended.has(id) ? [index] : []))
  if (closed.join() !== expected.join()) {
    throw new Error(`${closed.length} WebSockets were closed, not the ${expected.length} of who signed out`)
  }

  const each = (from: number | undefined, to: number | undefined, count: number) =>
    from === undefined || to === undefined ? undefined : (to - from) / count
  return [
    row('seats: requests a second, each for the first time', (cold.count / cold.milliseconds) * 1000),
    row('seats: requests a second, each again', (warm.count / warm.milliseconds) * 1000),
    row('memory of the proxy with all of them, MB', resident),
    row('memory a seat, KB', each(atFirst, seated, requests.length)),
    row('memory a WebSocket, KB', each(before, open, sockets.length)),
    row('message p50 before the sign-outs, ms', ...quiet.map(({ p50 }) => p50)),
    row('message p99 before the sign-outs, ms', ...quiet.map(({ p99 }) => p99)),
    row('message p50 during the sign-outs, ms', ...during.map(({ p50 }) => p50)),
    row('message p99 during the sign-outs, ms', ...during.map(({ p99 }) => p99)),
    row('a sign-out’s route write, without others, ms', ...alone),
    row('a sign-out’s route write among all of them, ms', ...writes),
    row('WebSockets that sign-outs closed', expected.length),
    row('WebSockets of others that closed', closed.length - expected.length),
  ]
}

let revision = 0

async function write({ proxy, target }: SeatsWorld, { path, access }: Desk): Promise<void> {
  revision += 1
  await proxy.addRoute({ path, target, revision, access })
}

/** Ends a seat, by each of the ways in turn, and returns the ids of the seats that end. */
async function signOut(world: SeatsWorld, desk: Desk, index: number, size: CrowdSize): Promise<string[]> {
  const ids = seatIds(desk, size)
  const [one = ''] = ids
  switch (index % 3) {
    case 0:
      await write(world, { ...desk, access: { ...desk.access, ended: [...desk.access.ended, one] } })
      return [one]
    case 1:
      await write(world, { ...desk, access: { ...desk.access, since: Date.now() + 1 } })
      return ids
    default:
      revision += 1
      await world.proxy.removeRoute(desk.path, revision)
      return ids
  }
}

function deskOf(index: number, { endedEach }: CrowdSize): Desk {
  const server = `server${String(index).padStart(5, '0')}`
  const ended = Array.from({ length: endedEach }, (_, at) => `${server}-ended-${at}-0123456789abcdef`)
  return { path: `/user/learner${index}/demo/`, access: accessOf(server, `user${index}`, { ended }) }
}

function seatIds({ access }: Desk, { seatsEach }: CrowdSize): string[] {
  return Array.from({ length: seatsEach }, (_, at) => `${access.server}-seat-${at}`)
}

function seatOf({ access }: Desk, id: string) {
  return { id, user: access.user }
}

function upgradeHeaders(desk: Desk, id: string): Record<string, string> {
  const { Host = '', Cookie = '' } = pageHeaders(desk.access, seatOf(desk, id), desk.path)
  return { Host, Cookie, Origin: serversUrl }
}

async function timesOf(count: number, act: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  while (times.length < count) {
    const began = performance.now()
    await act()
    times.push(performance.now() - began)
  }
  return times
}
