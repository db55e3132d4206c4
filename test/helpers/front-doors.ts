/** Starts one real hub behind several real proxies, and learners with WebSockets open at all of them. */
import { once } from 'node:events'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ConfigInput } from '../../config/config.ts'
import type { Database } from '../../hub/db/dialect.ts'
import type { Secrets } from '../../hub/hub.ts'
import type { ProxyOptions } from '../../proxy/options.ts'
import { type RunningProxy, startProxy } from '../../proxy/proxy.ts'
import { ask, keptCookies, openWebSocket, outcome, silent } from '../proxy/world.ts'
import { startGateway } from './gateway.ts'
import { type HttpBrowser, hubUrl, secrets as ownSecrets, serversUrl, startTestHub, type TestHub } from './test-hub.ts'
import { until } from './until.ts'

/** The addresses of a proxy's routes API and of its public listener. The proxy may run in another process. */
export type Door = Pick<RunningProxy, 'apiUrl' | 'urls'>

export interface FrontDoors {
  hub: TestHub
  doors: Door[]
  /** The hub's address for proxies, which is known before the hub has started. */
  hubAddress: string
  stop(): Promise<void>
}

export interface FrontDoorsOptions {
  database: string
  secrets?: Secrets
  config?: Partial<ConfigInput>
  /** Opens the proxies. Default: three in this process. */
  open?: (hubAddress: string) => Promise<Door[]>
}

export async function startFrontDoors({ open, ...options }: FrontDoorsOptions): Promise<FrontDoors> {
  const gateway = await startGateway()
  const hubAddress = `http://127.0.0.1:${gateway.port}`
  const { proxyToken: token, keys } = options.secrets ?? ownSecrets
  const own: RunningProxy[] = []
  const threeHere = async () => {
    for (let i = 0; i < 3; i += 1) own.push(await startDoor({ hubs: [hubAddress], token, keys }))
    return own
  }
  const doors = await (open ?? (() => threeHere()))(hubAddress)
  const proxies = doors.map((door) => ({ url: door.apiUrl }))
  const hub = await startTestHub({ ...options, config: { ...options.config, proxies } })
  gateway.forwardTo(Number(new URL(hub.address).port))
  return {
    hub,
    doors,
    hubAddress,
    async stop() {
      await hub.stop()
      for (const proxy of own) await proxy.stop()
      await gateway.close()
    },
  }
}

export function startDoor(options: Pick<ProxyOptions, 'hubs' | 'token' | 'keys'> & Partial<ProxyOptions>) {
  const here = { ips: ['127.0.0.1'], port: 0 } as const
  return startProxy({
    listen: here,
    api: here,
    hubUrl,
    serversUrl,
    log: silent,
    forTests: { graceSeconds: 0.05 },
    insecureHttp: true,
    ...options,
  })
}

export interface SeatedUser {
  name: string
  browser: HttpBrowser
  /** Path of the server. */
  path: string
  cookie: string
  /** One WebSocket at each door. */
  sockets: WebSocket[]
}

/** Opens a course as a new temporary user, takes the seat at the first door and opens a WebSocket at each. */
export async function openCourse(
  { hub, doors }: Pick<FrontDoors, 'hub' | 'doors'>,
  browser = hub.browser(),
): Promise<SeatedUser> {
  const { ticket } = await browser.enter('/tmplogin?course=demo')
  return takeSeat({ hub, doors }, browser, ticket)
}

export async function takeSeat(
  { hub, doors }: Pick<FrontDoors, 'hub' | 'doors'>,
  browser: HttpBrowser,
  ticket: string,
): Promise<SeatedUser> {
  for (const { listener } of hub.world.objects.values()) {
    if (listener.listenerCount('upgrade') > 0) continue
    const sockets = new WebSocketServer({ noServer: true })
    listener.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => undefined))
  }
  const [first] = doors
  if (first === undefined) throw new Error('there is no door')
  const entered = await ask(first.urls[0], '/_carrel/seat', {
    method: 'POST',
    headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    body: `ticket=${ticket}`,
  })
  const location = String(entered.headers.location)
  const cookie = keptCookies(entered.headers['set-cookie'])
  const path = location.slice(0, location.indexOf('_carrel/'))
  const seated = { name: path.split('/')[2] ?? '', browser, path, cookie, sockets: [] as WebSocket[] }
  for (const door of doors) {
    await until(() => knows(door, path))
    seated.sockets.push(await openAt(door, seated))
  }
  return seated
}

/**
 * Returns whether a proxy has the route. The ticket brings the route to the first proxy at once, but the hub's writes
 * may reach the others a moment later.
 */
async function knows({ apiUrl }: Door, path: string): Promise<boolean> {
  const headers = { authorization: `token ${ownSecrets.proxyToken}` }
  return (await ask(apiUrl, `/api/routes${path}`, { headers })).status === 200
}

export async function openAt(door: Door, { path, cookie }: Pick<SeatedUser, 'path' | 'cookie'>): Promise<WebSocket> {
  const socket = openWebSocket(door.urls[0], `${path}api/events/subscribe`, { cookie, origin: serversUrl })
  const how = await outcome(socket)
  if (how !== 'open') throw new Error(`the WebSocket was answered with ${how}`)
  return socket
}

/** Resolves when all have closed. */
export async function untilClosed(sockets: WebSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => (socket.readyState === socket.CLOSED ? undefined : once(socket, 'close'))))
}

/**
 * Acts, and resolves when this has closed the sockets. Meanwhile another hub, which does nothing, is the housekeeper: so
 * no round of the hub that comes by and by can have closed them.
 */
export async function closedBy(db: Database, sockets: WebSocket[], act: () => Promise<unknown>): Promise<void> {
  await db('hubs').insert({ id: 'idle', seen: Date.now() + 3_600_000 })
  await db('installation').update({ housekeeper: 'idle' })
  try {
    const closed = untilClosed(sockets)
    await act()
    await closed
  } finally {
    await db('hubs').where({ id: 'idle' }).delete()
  }
}

export function areOpen(sockets: WebSocket[]): boolean {
  return sockets.every((socket) => socket.readyState === socket.OPEN)
}
