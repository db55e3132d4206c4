/** The HTTP or HTTPS server that browsers reach, with limits on what one client may use. */
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
import { contain } from '../../net/boundary.ts'
import type { Buckets } from '../../net/bucket.ts'
import type { AnyServer } from '../../net/listen.ts'
import { keepReserve, refuse, tooManyFiles } from '../../net/open-files.ts'
import { limitPipelines } from '../../net/pipelines.ts'
import { limits } from '../limits.ts'
import type { Certificate } from './certificate.ts'
import { limitConnections } from './connections.ts'

export interface PublicServerOptions {
  /** Answers one request: with its response, or on its connection where the request asks for an upgrade. */
  respond(req: IncomingMessage, on: ServerResponse | { socket: Socket; head: Buffer }): void | Promise<void>
  /** The certificate for https; where it is undefined, the server speaks http. */
  certificate: Certificate | undefined
  /** How long a client may take to send the head of a request. */
  headMilliseconds: number
  /** See `limitConnections`. */
  connectionsPerAddress: number
  trustedProxies: readonly string[] | undefined
  /** Limits log lines that a stranger can cause at will. */
  lines: Buckets
  log: Logger
}

export function publicServer({
  respond,
  certificate,
  headMilliseconds,
  lines,
  log,
  ...more
}: PublicServerOptions): AnyServer {
  const options = {
    maxHeaderSize: 32 * 1024,
    // A slow sender of headers is cut off. A slow upload of a body has no limit, because it may be a big file.
    headersTimeout: headMilliseconds,
    connectionsCheckingInterval: Math.min(headMilliseconds, 5000),
    requestTimeout: 0,
    // `malformed` refuses a request without a host. Node's own refusal would not count as an answer that is due.
    requireHostHeader: false,
    keepAliveTimeout: 65_000,
    shouldUpgradeCallback: (req: IncomingMessage) =>
      req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket',
  }
  const pipelines = limitPipelines(limits.unanswered)
  const take = (req: IncomingMessage, res: ServerResponse) =>
    contain(log, req.socket, () => {
      res.on('error', () => req.socket.destroy())
      if (reserve.refuses(req)) return refuse(res)
      return pipelines.begin(req.socket, res) ? respond(req, res) : undefined
    })
  const server = certificate === undefined ? createServer(options, take) : secureServer(options, take, certificate)
  server.on('error', (error) => {
    if (lines.take('listener') === 0) log.error({ err: error }, 'the listener for browsers has trouble')
  })
  const warnOfSockets = (sockets: number) => {
    if (lines.take('open files') === 0) log.error({ sockets }, tooManyFiles)
  }
  const reserve = keepReserve(server, warnOfSockets, { polite: certificate === undefined })
  const connections = limitConnections(more.connectionsPerAddress, more.trustedProxies, log)
  server.on('connection', (socket: Socket) => contain(log, socket, () => connections.take(socket)))
  server.on('checkExpectation', take)
  const takeOver = (req: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (reserve.refuses(req)) return refuse(socket)
    contain(log, socket, () => (pipelines.takeOver(socket) ? respond(req, { socket, head }) : undefined))
  }
  server.on('upgrade', takeOver)
  // `malformed` refuses CONNECT. Node's own refusal would forget the requests before it on the connection.
  server.on('connect', takeOver)
  return server
}

function secureServer(options: ServerOptions, take: RequestListener, certificate: Certificate): AnyServer {
  const server = createTlsServer({ handshakeTimeout: 30_000, ...options, ...certificate.options() }, take)
  certificate.supply(server)
  return server
}
