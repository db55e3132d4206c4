/** Starts a proxy, two learners' servers and a hub that only records, for attacks that consist of bytes. */
import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { ProxyOptions } from '../../../proxy/options.ts'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  ask,
  type Backend,
  cookieOf,
  type FakeHub,
  ownPage,
  routeOf,
  seatOf,
  startBackend,
  startFakeHub,
  startSite,
} from '../../proxy/world.ts'

export interface Wire {
  proxy: RunningProxy
  url: string
  hub: FakeHub
  /** The server behind `/user/ann/demo/`, for which the tests have a seat. */
  ann: Backend
  /** The server behind `/user/bob/demo/`, where the attacker has no seat. */
  bob: Backend
}

export async function startWire(cleanup: Cleanup, options: Partial<ProxyOptions> = {}): Promise<Wire> {
  const hub = await startFakeHub(cleanup)
  const [ann, bob] = [await startBackend(cleanup), await startBackend(cleanup)]
  const proxy = await startSite(cleanup, hub, options)
  await addRoute(proxy, routeOf(ann))
  await addRoute(proxy, routeOf(bob, { path: '/user/bob/demo/', access: bobs }))
  return { proxy, url: proxy.urls[0], hub, ann, bob }
}

export const bobs = accessOf({ server: 's2', user: 'u2', label: 'label0002' })
export const annsSeat = cookieOf()
export const bobsSeat = cookieOf(seatOf({ server: 's2', user: 'u2' }), bobs)

export interface Knock {
  method?: string
  host?: string
  headers?: Record<string, string | string[]>
  body?: string
}

/** Sends a request. Returns its status, the code of the error or the address, and the servers that it reached. */
export async function knock(wire: Wire, path: string, how: Knock = {}): Promise<string> {
  const before = counts(wire)
  const { status, headers, body } = await ask(wire.url, path, {
    ...how,
    headers: { ...ownPage, cookie: annsSeat, ...how.headers },
  })
  const { location } = headers
  const word = location === undefined ? errorOf(body) : `to ${location}`
  const reached = counts(wire).flatMap(([name, count], index) => (count > (before[index]?.[1] ?? 0) ? [name] : []))
  return [status, word, ...reached.map((name) => `reached ${name}`)].filter(Boolean).join(' ')
}

/** Sends a request, and returns the headers that the server got. */
export async function seenBy(wire: Wire, path: string, how: Knock = {}): Promise<OutgoingHttpHeaders> {
  const { status, body } = await ask(wire.url, path, {
    ...how,
    headers: { ...ownPage, cookie: annsSeat, ...how.headers },
  })
  if (status !== 200) throw new Error(`answered with ${status}: ${body}`)
  return (JSON.parse(body) as { headers: OutgoingHttpHeaders }).headers
}

function counts({ hub, ann, bob }: Wire): [string, number][] {
  return [
    ['the hub', hub.requests.length],
    ['her own server', ann.requests.length],
    ["somebody else's server", bob.requests.length],
  ]
}

function errorOf(body: string): string {
  try {
    return String((JSON.parse(body) as { error?: string }).error ?? '')
  } catch {
    return body.startsWith('<!doctype html>') ? 'page' : ''
  }
}

export interface RawServer {
  url: string
  /** All bytes that arrived, by connection. */
  connections: string[]
  /** The connections that are open. */
  sockets: Set<Socket>
}

/** Starts a hostile server, which responds with bytes as soon as a head is complete. */
export async function startRawServer(
  cleanup: Cleanup,
  answer: string | ((bytes: string, socket: Socket) => void),
): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const connections: string[] = []
  const server = createServer((socket) => {
    const index = connections.push('') - 1
    let head = ''
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      connections[index] += text
      head += text
      if (!head.includes('\r\n\r\n')) return
      const request = head
      head = ''
      if (typeof answer === 'string') socket.write(answer, 'latin1')
      else answer(request, socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections, sockets }
}

/**
 * Opens as many connections as the proxy takes without a refusal. Where there are workers, each refuses what is above its
 * part, so what one of them refuses is tried again until another one takes it. Resolves with the connections that were
 * taken, when `isFull` comes true.
 */
export async function fillWith(open: () => Promise<Socket>, count: number, isFull: () => boolean): Promise<Socket[]> {
  const taken = new Set<Socket>()
  const openOne = async () => {
    const client = await open()
    taken.add(client)
    client.once('data', (chunk: Buffer) => {
      if (!/^HTTP\/1\.1 [45]/.test(String(chunk))) return
      taken.delete(client)
      client.destroy()
    })
  }
  await until(async () => {
    await Promise.all(Array.from({ length: count - taken.size }, openOne))
    return taken.size === count && isFull()
  }, 'all that may be are taken')
  return [...taken]
}
