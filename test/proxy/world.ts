/** Helpers for tests of the proxy: a real proxy, a hub that records requests, and a server that records requests. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { pino } from 'pino'
import { WebSocket, WebSocketServer } from 'ws'
import { addressOf, socketUrl } from '../../net/endpoint.ts'
import type { AnyServer } from '../../net/listen.ts'
import type { ClientRequest } from '../../proxy/http/client-connection.ts'
import { clientServer } from '../../proxy/http/client-server.ts'
import type { ProxyOptions } from '../../proxy/options.ts'
import { type RunningProxy, startProxy } from '../../proxy/proxy.ts'

import { type SeatCookieScope, seatCookieName } from '../../seats/cookie.ts'
import { fixedKeys, type KeyRing, parseKeys } from '../../seats/keys.ts'

import type { Access, Route } from '../../seats/route.ts'
import { runSecrets } from '../../seats/run-secrets.ts'
import { mintSeat, type Seat, seatMilliseconds } from '../../seats/seat.ts'
import { type Cleanup, cleanupAfterEach } from '../helpers/cleanup.ts'
import { startProxyCommand } from './command.ts'

export const hubUrl = 'http://hub.test'
export const serversUrl = 'http://nb.test'
export const token = 'proxy-token-that-is-long-enough-0123456789'
export const keys: KeyRing = fixedKeys(parseKeys(`k1:${Buffer.alloc(32, 1).toString('base64url')}`))

export interface Backend {
  url: string
  port: number
  /** The requests so far, newest last. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]
  /** Open connections. */
  sockets: Set<Socket>
  server: Server
}

/** Starts a server that answers by `listener`, or 200 with the request that it got. */
export async function startBackend(
  cleanup: Cleanup,
  listener?: RequestListener,
  socketPath?: string,
): Promise<Backend> {
  const requests: Backend['requests'] = []
  const sockets = new Set<Socket>()
  const server = createServer(async (req, res) => {
    if (listener !== undefined) return listener(req, res)
    const body = await text(req)
    requests.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body })
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ url: req.url, headers: req.headers, body }))
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    requests.push({ method: 'UPGRADE', url: req.url ?? '', headers: req.headers, body: '' })
    webSockets.handleUpgrade(req, socket, head, (client) => {
      client.on('message', (message, isBinary) => client.send(message, { binary: isBinary }))
    })
  })
  server.listen(socketPath ?? { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  cleanup.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const port = socketPath === undefined ? (server.address() as AddressInfo).port : 0
  const url = socketPath === undefined ? `http://127.0.0.1:${port}` : `unix+http://${encodeURIComponent(socketPath)}`
  return { url, port, requests, sockets, server }
}

export interface FakeHub extends Backend {
  /** The answer for each ticket. Redeeming removes it. */
  tickets: Map<string, unknown>
  /** The answer for each user's token. Other tokens are unknown. */
  admissions: Map<string, unknown>
  /** The status with which the hub fails. Without it the hub answers. */
  failing?: number
  /** The answer to all other requests, where it is not the request itself. */
  answer?: { status: number; headers: Record<string, string>; body: string }
  /** The archives of static files, by digest. */
  archives: Map<string, Buffer>
  /** The routes that the hub sends to a starting proxy. */
  known: { revision: number; routes: Route[] }
}

/** Starts a hub that redeems the tickets in `tickets`, and answers other requests with the request that it got. */
export async function startFakeHub(cleanup: Cleanup): Promise<FakeHub> {
  const tickets = new Map<string, unknown>()
  const admissions = new Map<string, unknown>()
  const known: FakeHub['known'] = { revision: 0, routes: [] }
  const archives = new Map<string, Buffer>()
  const requests: Backend['requests'] = []
  const backend = await startBackend(cleanup, async (req, res) => {
    const body = await text(req)
    res.setHeader('content-type', 'application/json')
    if (req.url === '/hub/api/routes') return void res.end(JSON.stringify(known))
    requests.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body })
    if (req.url?.startsWith('/hub/api/static-files/')) {
      const archive = archives.get(req.url.slice('/hub/api/static-files/'.length))
      if (archive === undefined) res.statusCode = 404
      res.end(archive)
      return
    }
    if (hub.failing !== undefined) {
      res.statusCode = hub.failing
      res.end('{}')
    } else if (req.url === '/hub/api/admissions') {
      const admitted = admissions.get((JSON.parse(body) as { token: string }).token)
      if (admitted === undefined) res.statusCode = 404
      res.end(JSON.stringify(admitted ?? { error: 'not_found', message: 'unknown' }))
    } else if (req.url === '/hub/api/seats') {
      const { ticket } = JSON.parse(body) as { ticket: string }
      const known = tickets.get(ticket)
      tickets.delete(ticket)
      if (known === undefined) res.statusCode = 404
      res.end(JSON.stringify(known ?? { error: 'ticket_unknown', message: 'unknown' }))
    } else if (hub.answer !== undefined) {
      res.writeHead(hub.answer.status, hub.answer.headers).end(hub.answer.body)
    } else {
      res.end(JSON.stringify({ hub: true, url: req.url, headers: req.headers, body }))
    }
  })
  const hub: FakeHub = { ...backend, requests, tickets, admissions, archives, known }
  return hub
}

export const silent = pino({ level: 'silent' })

/** Returns a server that takes requests as a proxy does. */
export function frontWith(respond: (request: ClientRequest) => void): AnyServer {
  return clientServer({ respond, certificate: undefined, headMilliseconds: 30_000, log: silent })
}

/** How many workers the proxies of tests have. `test/run.ts` runs some attacks a second time with two. */
const workers = Number(process.env.CARREL_TEST_WORKERS ?? 1)

/**
 * Starts a proxy in this process. With several workers it is a command of its own, unless the test looks into the
 * process: at its log, or by a setting that no command offers.
 */
export async function start(cleanup: Cleanup, options: Partial<ProxyOptions> = {}): Promise<RunningProxy> {
  const { log, forTests, listen: _, api: __, staticFolder: ___, ...settings } = options
  if (workers > 1 && log === undefined && forTests === undefined) {
    const routesFile = join(await temporaryFolder(cleanup), 'routes.json')
    const usual = { hubs: [], token, insecureHttp: true, routesFile }
    const proxy = await startProxyCommand(cleanup, { ...usual, ...settings, workers })
    // A worker that an attack has ended is replaced, so that the test itself would not notice.
    cleanup.defer(() => {
      const end = proxy.lines.find(({ msg }) => /^a worker (has ended|does not|did not)/.test(msg))
      if (end !== undefined) throw new Error(`${end.msg}: ${JSON.stringify(end)}`)
    })
    return proxy
  }
  const proxy = await startProxy({
    listen: { ips: ['127.0.0.1'], port: 0 },
    api: { ips: ['127.0.0.1'], port: 0 },
    hubs: [],
    token,
    log: silent,
    insecureHttp: true,
    ...options,
    forTests: { graceSeconds: 0.05, ...options.forTests },
  })
  cleanup.defer(() => proxy.stop())
  return proxy
}

/** Starts a proxy with hub, servers and keys. */
export function startSite(cleanup: Cleanup, hub: { url: string }, options: Partial<ProxyOptions> = {}) {
  return start(cleanup, { hubs: [hub.url], hubUrl, serversUrl, keys, ...options })
}

/** A hub that never answers. No other program can take its address meanwhile, as it could take a port. */
export const deadHub = { url: socketUrl('/nonexistent/hub.sock') }

export interface ProxySite {
  hub: FakeHub
  backend: Backend
  proxy: RunningProxy
  /** Ends what a test starts beside these. */
  cleanup: Cleanup
}

/**
 * Starts a recording hub, a recording server and the proxy between them, anew for each test of a `describe`. The proxy
 * has the route to the server, changed as `route` says; with `false` it has none.
 */
export function siteForEach({
  options = () => ({}),
  route = {},
}: {
  options?: () => Partial<ProxyOptions>
  route?: Partial<Route> | false
} = {}): ProxySite {
  const cleanup = cleanupAfterEach()
  let site: Omit<ProxySite, 'cleanup'> | undefined
  beforeEach(async () => {
    const [hub, backend] = [await startFakeHub(cleanup), await startBackend(cleanup)]
    const proxy = await startSite(cleanup, hub, options())
    if (route !== false) await addRoute(proxy, routeOf(backend, route))
    site = { hub, backend, proxy }
  })
  const current = () => {
    if (site === undefined) throw new Error('the site is there only while a test runs')
    return site
  }
  return {
    cleanup,
    get hub() {
      return current().hub
    },
    get backend() {
      return current().backend
    },
    get proxy() {
      return current().proxy
    },
  }
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

export interface Asked {
  method?: string
  host?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** Sends one request on a connection of its own, with the path unchanged. */
export async function ask(url: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { body, ...answer } = await askBytes(url, path, asked)
  return { ...answer, body: body.toString() }
}

/** Does the same, for an answer that is no text. */
export async function askBytes(
  url: string,
  path: string,
  asked: Asked = {},
): Promise<Omit<Answer, 'body'> & { body: Buffer }> {
  const { method = 'GET', host = 'nb.test', headers = {}, body } = asked
  const at = addressOf(url)
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const req = request({ ...at, method, path, headers: { host, ...length, ...headers }, agent: false })
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return { status: res.statusCode ?? 0, headers: res.headers, body: await buffer(res) }
}

/** Writes bytes to a socket and reads until the other side closes, or until `enough` is seen. */
export async function raw(url: string, bytes: string, enough = /\0/): Promise<string> {
  const socket = connect(addressOf(url) as { host: string; port: number })
  let got = ''
  socket.write(bytes, 'latin1')
  socket.on('error', () => {})
  for await (const chunk of socket) {
    got += (chunk as Buffer).toString('latin1')
    if (enough.test(got)) break
  }
  socket.destroy()
  return got
}

/** Sends a request to the routes API. */
export function api(
  proxy: Pick<RunningProxy, 'apiUrl'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return ask(proxy.apiUrl, path, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

export function accessOf(changes: Partial<Access> = {}): Access {
  return {
    server: 's1',
    run: 1,
    kid: 'k1',
    user: 'u1',
    since: 0,
    label: 'label0001',
    guests: [],
    ended: [],
    ancestors: [],
    cors: [],
    ...changes,
  }
}

export function routeOf(backend: { url: string }, changes: Partial<Route> = {}): Route & { access: Access } {
  return { path: '/user/ann/demo/', target: backend.url, revision: 1, access: accessOf(), ...changes } as Route & {
    access: Access
  }
}

export async function addRoute(proxy: Pick<RunningProxy, 'apiUrl'>, { path, ...route }: Route): Promise<void> {
  const { status, body } = await api(proxy, 'POST', `/api/routes${path}`, route)
  if (status !== 201) throw new Error(`route not added: ${status} ${body}`)
}

export function seatOf(changes: Partial<Seat> = {}): Seat {
  const issued = changes.issued ?? Date.now()
  return {
    id: 'seat-1',
    server: 's1',
    run: 1,
    user: 'u1',
    framed: false,
    issued,
    expires: issued + seatMilliseconds,
    ...changes,
  }
}

/** Returns a `Cookie` header that holds this seat. */
export function cookieOf(
  seat: Seat = seatOf(),
  access: Access = accessOf({
    server: seat.server,
    run: seat.run,
    ...(seat.server !== 's1' && { label: 'label0002' }),
  }),
): string {
  const secrets = runSecrets(keys)(access)
  if (secrets === undefined) throw new Error('no such key')
  return `${seatCookieName(access.label, { ownHost: false, secure: false })}=${mintSeat(secrets.seatKey, seat)}`
}

/** Returns a `Cookie` header that holds this seat, for another kind of hosts. */
export function seatCookieOf(scope: SeatCookieScope, seat: Seat = seatOf(), access: Access = accessOf()): string {
  return cookieOf(seat, access).replace(/^[^=]*/, seatCookieName(access.label, scope))
}

/** Returns the cookies that a browser sends after an answer set them, without those that the answer deleted. */
export function keptCookies(setCookie: string[] = []): string {
  const kept = setCookie.filter((line) => !line.includes('; Max-Age=0;'))
  return kept.map((line) => line.split(';')[0]).join('; ')
}

/** The headers that a browser sends for a page of the server itself. */
export const ownPage = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
/** The headers that a browser sends for a link on another site. */
export const foreignLink = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

export function openWebSocket(url: string, path: string, headers: Record<string, string>): WebSocket {
  const { host, port } = addressOf(url) as { host: string; port: number }
  const { origin, ...others } = headers
  return new WebSocket(`ws://${host}:${port}${path}`, {
    headers: { host: 'nb.test', ...others },
    ...(origin === undefined ? {} : { origin }),
  })
}

/** Resolves with `open`, or with the status with which the WebSocket was refused. */
export async function outcome(socket: WebSocket): Promise<'open' | number> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'))
    socket.once('unexpected-response', (_req, res) => {
      res.resume()
      resolve(res.statusCode ?? 0)
    })
    // A connection that breaks off has no answer.
    socket.once('error', () => resolve(0))
  })
}

export async function temporaryFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-proxy-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}
