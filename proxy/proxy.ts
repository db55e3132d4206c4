/**
 * The proxy: hands requests to the hub and to learners' servers, and knows by itself who may sit where.
 *
 * It outlives the hub. Its only state is the route table, which lies on disk and is served at once after a restart.
 */
import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain } from '../net/boundary.ts'
import { createBuckets, createClientBuckets, linePace, type Pace } from '../net/bucket.ts'
import { clientKey } from '../net/networks.ts'
import { keepReserve, refuse, tooManyFiles } from '../net/open-files.ts'
import { plainHttpWarning, sharedHubWarning } from '../seats/host.ts'
import type { KeyRing } from '../seats/keys.ts'
import type { Context } from './context.ts'
import { type Exchange, newExchange } from './exchange.ts'
import { createForwarder } from './forward/forward.ts'
import { runPool } from './forward/rooms.ts'
import { createAdmissions } from './hubs/admissions.ts'
import { createHubs } from './hubs/hubs.ts'
import { pullRoutes } from './hubs/pull.ts'
import { limits } from './limits.ts'
import { type Certificate, type CertificateFiles, openCertificate } from './listen/certificate.ts'
import { limitConnections } from './listen/connections.ts'
import { type ClientOf, trustFronts } from './listen/fronts.ts'
import { type Listen, listen, type Server } from './listen/listen.ts'
import { limitPipelines } from './listen/pipelines.ts'
import { type ForeignErrors, foreignErrors } from './replies/foreign-errors.ts'
import { replyFault } from './replies/reply.ts'
import { handle } from './requests/handle.ts'
import { createOpenConnections, type OpenConnections } from './requests/open-connections.ts'
import { logWhenOver } from './requests/request-log.ts'
import { openSite, type Site } from './requests/site.ts'
import { createApi } from './routes/api.ts'
import { createRouteTable, type RouteTable } from './routes/route-table.ts'
import { keepRoutes, loadRoutes, type RoutesFile } from './routes/routes-file.ts'

export interface ProxyOptions extends ForeignErrors {
  /** Where browsers come in. */
  listen: Listen
  /** Where hubs write routes. Never a public address. */
  api: Listen
  /** Endpoints of the hubs: the default route, and where tickets are redeemed. A plain proxy uses the first. */
  hubs: readonly string[]
  /** The public origins of the hub's pages and of learners' servers. Both absent: a plain configurable-http-proxy. */
  hubUrl?: string | undefined
  serversUrl?: string | undefined
  /** The two may be equal. */
  shareHubOrigin?: boolean | undefined
  /** They may be http under names that others reach. */
  insecureHttp?: boolean | undefined
  /** Browsers come in by https, with this certificate. Absent: by http, perhaps from something in front that speaks TLS. */
  tls?: CertificateFiles | undefined
  /** Addresses and networks of load balancers in front, whose `X-Forwarded-For` is believed. */
  trustedFronts?: readonly string[] | undefined
  /** Shared with the hubs; needed with the two origins. */
  keys?: KeyRing | undefined
  /** Shared with the hubs. */
  token: string
  /** Where the route table is kept. Absent: only in memory. */
  routesFile?: string | undefined
  /** How long open connections may go on after a stop. */
  graceSeconds?: number
  /** How long a browser may take to send a ticket. */
  ticketMilliseconds?: number
  /** How long a client may take to send the head of a request. */
  headMilliseconds?: number
  /** Connections that one address may have at once, of IPv6 a /64, and its /56 and /48 four and sixteen times as many. Trusted fronts may have any number. */
  connectionsPerAddress?: number
  /** Tickets that do not exist, which one address may show. */
  unknownTickets?: Pace
  /** How long a start waits for a hub's word on the routes. */
  pullMilliseconds?: number
  log: Logger
  /** Milliseconds since 1970; for tests. */
  now?: () => number
}

export interface RunningProxy {
  /** Where browsers come in, one for each address. */
  urls: [string, ...string[]]
  /** Where the routes API is. */
  apiUrl: string
  /** Reads the certificate again, as it does by itself when the files change. */
  reload(): Promise<void>
  /** May be called twice. Resolves when everything is closed and the table lies on disk. */
  stop(): Promise<void>
}

/** Rejects when a setting is wrong or a place to listen is taken. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { log, token, now = Date.now, graceSeconds = 2, ticketMilliseconds = 10_000, routesFile } = options
  const { pullMilliseconds = 1000 } = options
  const closers: (() => Promise<void> | void)[] = []
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= (async () => {
      for (const close of closers.splice(0).reverse()) await close()
    })()
    return stopping
  }

  try {
    const site = siteOf(options)
    if (site !== undefined && options.hubs.length === 0) throw new Error('a proxy with a hub URL needs a hub to reach')
    const hubs = site === undefined ? undefined : createHubs(options.hubs, token, log)
    if (hubs !== undefined) closers.push(() => hubs.close())

    const saved = routesFile === undefined ? { entries: [], removed: [] } : await loadRoutes(routesFile, log)
    const openConnections = createOpenConnections()
    const forwarder = createForwarder({ log })
    closers.push(() => forwarder.close())
    let file: RoutesFile | undefined
    const table = createRouteTable({
      ...saved,
      now,
      changed(_path, before, after) {
        file?.touch()
        const earlier = before?.route.admit
        if (earlier === undefined) return
        const admit = after?.route.admit
        const isSameServer = admit?.server === earlier.server
        openConnections.recheck(earlier.server, isSameServer ? admit : undefined, now())
        if (!isSameServer || admit?.run !== earlier.run) forwarder.leave(runPool(earlier).name)
      },
    })
    if (routesFile !== undefined) {
      const kept = keepRoutes(routesFile, () => ({ entries: table.all(), removed: table.removed() }), log)
      file = kept
      closers.push(() => kept.close())
    }

    // configurable-http-proxy's default target is a route like any other.
    const [defaultTarget] = options.hubs
    if (site === undefined && defaultTarget !== undefined) table.put({ path: '/', target: defaultTarget })

    const replyForeignFault = foreignErrors(options, log)
    if (site !== undefined) closers.push(endWithKeys(site, table, openConnections, log, now))
    const admissions = hubs && createAdmissions(hubs, now)
    const unknownTickets = createClientBuckets(options.unknownTickets ?? { burst: 1000, perSecond: 5 })
    const lines = createBuckets(linePace)
    const parts = { site, hubs, admissions, unknownTickets, lines, table, openConnections, forwarder }
    const context: Context = { log, token, ...parts, replyForeignFault, ticketMilliseconds, now }

    const clientOf = trustFronts(options.trustedFronts)
    const certificate = options.tls && (await openCertificate(options.tls, site?.hostNames ?? [], log))
    closers.push(() => certificate?.close())
    const api = createApi(context, randomUUID())
    const apiListening = await listen(options.api, () => apiServer(api, log))
    closers.push(() => apiListening.stop(0))
    if (hubs !== undefined) {
      const pull = pullRoutes(hubs, table, log, pullMilliseconds)
      closers.push(() => pull.stop())
      await pull.done
    }
    const listening = await listen(options.listen, () => publicServer(context, clientOf, certificate, options))
    closers.push(() => listening.stop(graceSeconds * 1000))

    log.info({ urls: listening.urls, api: apiListening.urls[0], routes: table.all().length }, 'proxy started')
    const reload = async () => certificate?.reload()
    return { urls: listening.urls, apiUrl: apiListening.urls[0], reload, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whoever sits at a run whose key is dropped, sits there no more. */
function endWithKeys(
  site: Site,
  table: RouteTable,
  openConnections: OpenConnections,
  log: Logger,
  now: () => number,
): () => void {
  return site.keys.onChange((dropped) => {
    log.info({ dropped, kids: site.keys.all.map((key) => key.kid) }, 'the keys have changed')
    for (const { route } of table.all()) {
      if (route.admit === undefined || !dropped.includes(route.admit.kid)) continue
      openConnections.recheck(route.admit.server, undefined, now())
    }
  })
}

function siteOf({ hubUrl, serversUrl, shareHubOrigin, insecureHttp, keys, tls, log }: ProxyOptions): Site | undefined {
  if (hubUrl === undefined && serversUrl === undefined) return undefined
  if (hubUrl === undefined || serversUrl === undefined) throw new Error('hub URL and servers URL come together')
  if (keys === undefined) throw new Error('a proxy with a hub URL needs the keys that it shares with the hub')
  const site = openSite(hubUrl, serversUrl, keys, { shareHubOrigin, insecureHttp })
  if (tls !== undefined && site.scheme === 'http') {
    throw new Error('with a certificate browsers come in by https: hub URL and servers URL begin with https://')
  }
  if (site.hosts === 'hub') log.warn(sharedHubWarning)
  const open = plainHttpWarning(hubUrl, serversUrl)
  if (open !== undefined) log.warn(open)
  return site
}

function publicServer(
  context: Context,
  clientOf: ClientOf,
  certificate: Certificate | undefined,
  { headMilliseconds = 30_000, connectionsPerAddress = 10_000, trustedFronts }: ProxyOptions,
): Server {
  const options = {
    maxHeaderSize: 32 * 1024,
    // A slow sender of headers is cut off; a slow upload of a body is somebody's big file.
    headersTimeout: headMilliseconds,
    connectionsCheckingInterval: Math.min(headMilliseconds, 5000),
    requestTimeout: 0,
    // Refused like everything that is malformed, and not by Node, which would not tell that an answer is due.
    requireHostHeader: false,
    keepAliveTimeout: 65_000,
    shouldUpgradeCallback: (req: IncomingMessage) =>
      req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket',
  }
  const { log } = context
  const pipelines = limitPipelines(limits.unanswered)
  const take = (req: IncomingMessage, res: ServerResponse) =>
    contain(log, req.socket, () => {
      res.on('error', () => req.socket.destroy())
      if (reserve.refuses(req)) return refuse(res)
      return pipelines.begin(req.socket, res) ? answer(context, newExchange(req, res, clientOf)) : undefined
    })
  const server = certificate === undefined ? createServer(options, take) : secureServer(options, take, certificate)
  server.on('error', (error) => {
    if (context.lines.take('listener') === 0) log.error({ err: error }, 'the listener for browsers has trouble')
  })
  const complain = (sockets: number) => {
    if (context.lines.take('open files') === 0) log.error({ sockets }, tooManyFiles)
  }
  const reserve = keepReserve(server, complain, { polite: certificate === undefined })
  const connections = limitConnections(connectionsPerAddress, trustedFronts, log)
  server.on('connection', (socket: Socket) => contain(log, socket, () => connections.take(socket)))
  server.on('checkExpectation', take)
  const takeOver = (req: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (reserve.refuses(req)) return refuse(socket)
    contain(log, socket, () =>
      pipelines.takeOver(socket) ? answer(context, newExchange(req, { socket, head }, clientOf)) : undefined,
    )
  }
  server.on('upgrade', takeOver)
  // Refused like everything that is malformed, and not by Node, which would forget the requests before it.
  server.on('connect', takeOver)
  return server
}

function secureServer(options: ServerOptions, take: RequestListener, certificate: Certificate): Server {
  const server = createTlsServer({ handshakeTimeout: 30_000, ...options, ...certificate.options() }, take)
  certificate.supply(server)
  return server
}

/** Rejects only where even the error page cannot be written. */
async function answer(context: Context, exchange: Exchange): Promise<void> {
  logWhenOver(context.log, exchange)
  try {
    await handle(context, exchange)
  } catch (error) {
    if (context.lines.take(clientKey(exchange.client)) === 0) {
      context.log.error({ request: exchange.id, err: error }, 'request failed')
    }
    if (exchange.gone()) return
    // A head that is half-way out cannot be taken back.
    if (exchange.record.status !== undefined) return exchange.cut()
    replyFault(exchange, {
      status: 500,
      code: 'internal',
      title: 'Something is broken here',
      message:
        'The proxy failed to handle this request. Reload the page; if it stays, tell the operators the id below.',
    })
  }
}

function apiServer(api: ReturnType<typeof createApi>, log: Logger): Server {
  const pipelines = limitPipelines(limits.unanswered)
  const server = createServer((req, res) =>
    contain(log, req.socket, async () => {
      res.on('error', () => req.socket.destroy())
      if (!pipelines.begin(req.socket, res)) return
      try {
        await api(req, res)
      } catch (error) {
        log.error({ err: error }, 'routes API failed')
        if (res.headersSent) return void req.socket.destroy()
        res.writeHead(500).end()
      }
    }),
  )
  server.on('error', (error) => log.error({ err: error }, 'the listener of the routes API has trouble'))
  return server
}
