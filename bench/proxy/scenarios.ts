/** What `bench proxy` does with each contender. */

import { openFileLimit } from '../../net/open-files.ts'
import { pageHeaders, serversUrl } from '../seat-headers.ts'
import { addresses, type Contender, type ProxyWorld, pathOf, serverAccess, servers } from './contenders.ts'
import type { Seen } from './load.ts'

export const scenarioNames = [
  '1',
  '10',
  '20',
  '64',
  'long1',
  'long10',
  'long20',
  'long',
  'uploads',
  'leave',
  'ws1000',
  'ws10000',
  'routes',
  'workers',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

export interface Scenario {
  title: string
  /** What is counted. */
  unit: string
  /** Makes a contender ready, once, before the rounds of this scenario. */
  prepare?(world: ProxyWorld, contender: Contender): Promise<void>
  /** Opens what `run` needs, before each measurement and outside it. */
  open?(world: ProxyWorld, contender: Contender): Promise<Seen>
  run(world: ProxyWorld, contender: Contender, milliseconds: number): Promise<Seen>
  /** Whether this contender can take part. */
  suits?(contender: Contender): boolean
  /** Compares our proxy with one process and with two workers, and no others, with nothing on a core of its own. */
  isOfWorkers?: boolean
  /** At most so many rounds, because one takes long. */
  roundsAtMost?: number
}

const longBytes = 1024 * 1024
const messageBytes = 500
const manyRoutes = 10_000

const short = (connections: number): Scenario => ({
  title: `1 KiB, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  unit: 'requests',
  run: (world, contender, milliseconds) =>
    world.load({ do: 'requests', ...asked(contender, 'GET', 'short'), bodyBytes: 0, connections, milliseconds }),
})

const webSockets = (count: number): Scenario => ({
  title: `WebSocket messages, ${count} connections`,
  unit: 'messages',
  roundsAtMost: count > 5000 ? 3 : 5,
  open(world, { port }) {
    const heads = Array.from({ length: servers }, (_, server) => openingHead(server))
    const all = Array.from({ length: count }, (_, index) => heads[index % servers] ?? '')
    return world.load({ do: 'open', port, heads: all, addresses })
  },
  run: (world, _contender, milliseconds) => world.load({ do: 'echo', bytes: messageBytes, milliseconds }),
})

/**
 * Returns how many WebSockets a proxy here can have, 10,000 at most: each takes two files of the proxy, and our proxy
 * keeps 1024 in reserve.
 */
function manyWebSockets(): number {
  return Math.max(100, Math.min(10_000, Math.floor((openFileLimit() - 1500) / 200) * 100))
}

const long = (connections: number): Scenario => ({
  title: `1 MiB, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  unit: 'requests',
  run: (world, contender, milliseconds) =>
    world.load({ do: 'requests', ...asked(contender, 'GET', 'long'), bodyBytes: 0, connections, milliseconds }),
})

export const scenarios: Record<ScenarioName, Scenario> = {
  1: short(1),
  10: short(10),
  20: short(20),
  64: short(64),
  long1: long(1),
  long10: long(10),
  long20: long(20),
  long: long(64),
  uploads: {
    title: 'uploads of 1 MiB, 16 connections',
    unit: 'uploads',
    run: (world, contender, milliseconds) =>
      world.load({
        do: 'requests',
        ...asked(contender, 'POST', 'up', longBytes),
        bodyBytes: longBytes,
        connections: 16,
        milliseconds,
      }),
  },
  leave: {
    title: 'clients that leave during 1 MiB, 16 at a time',
    unit: 'clients',
    run: (world, contender, milliseconds) =>
      world.load({ do: 'leave', ...asked(contender, 'GET', 'long'), connections: 16, milliseconds }),
  },
  ws1000: webSockets(1000),
  ws10000: webSockets(manyWebSockets()),
  routes: {
    ...short(64),
    title: `1 KiB, 64 connections, ${manyRoutes} routes`,
    suits: ({ addRoutes }) => addRoutes !== undefined,
    prepare: async (_world, contender) => contender.addRoutes?.(manyRoutes),
  },
  workers: {
    title: '1 KiB, 64 connections, one process and two workers',
    unit: 'requests',
    isOfWorkers: true,
    run: (world, contender, milliseconds) =>
      world.load({
        do: 'requests',
        ...asked(contender, 'GET', 'short'),
        bodyBytes: 0,
        connections: 64,
        milliseconds,
        oneByOne: true,
      }),
  },
}

function asked(contender: Contender, method: string, page: string, length?: number): { port: number; request: string } {
  const path = `${pathOf(0)}api/${page}?1700000000000`
  const body = length === undefined ? '' : `Content-Length: ${length}\r\n`
  // The server tells long answers by the beginning of the path that it gets.
  const at = page === 'long' ? `${pathOf(0)}long` : path
  return { port: contender.port, request: `${method} ${at} HTTP/1.1\r\n${lines(0)}${body}\r\n` }
}

function openingHead(server: number): string {
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  return `GET ${pathOf(server)}api/kernels/x/channels HTTP/1.1\r\n${lines(server)}${upgrade}\r\n`
}

/** Returns what a browser sends. All contenders get the same bytes. */
function lines(server: number): string {
  const access = serverAccess(server)
  const headers = { ...pageHeaders(access, { id: 'seat1', user: access.user }, pathOf(server)), Origin: serversUrl }
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
