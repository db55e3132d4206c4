/** The HTTP or HTTPS server that browsers reach, with limits on what one client may use. */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { Buckets } from '../../net/bucket.ts'
import type { AnyServer } from '../../net/listen.ts'
import { keepReserve, refuse, tooManyFiles } from '../../net/open-files.ts'
import type { ClientRequest } from '../http/client-connection.ts'
import { clientServer } from '../http/client-server.ts'
import type { Certificate } from './certificate.ts'
import { limitConnections } from './connections.ts'

export interface PublicServerOptions {
  /** Answers one request: with its answer, or on its connection where the request asks for an upgrade. */
  respond(request: ClientRequest): void | Promise<void>
  /** The certificate for https; where it is undefined, the server speaks http. */
  certificate: Certificate | undefined
  /** How long a client may take to send the head of a request. A slow upload of a body has no limit: it may be big. */
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
  const server = clientServer({
    respond: (request) => (reserve.refuses(request) ? refuse(request.socket) : respond(request)),
    certificate,
    headMilliseconds,
    log,
  })
  server.on('error', (error) => {
    if (lines.take('listener') === 0) log.error({ err: error }, 'the listener for browsers has trouble')
  })
  const warnOfSockets = (sockets: number) => {
    if (lines.take('open files') === 0) log.error({ sockets }, tooManyFiles)
  }
  const reserve = keepReserve(server, warnOfSockets, { polite: certificate === undefined })
  const connections = limitConnections(more.connectionsPerAddress, more.trustedProxies, log)
  server.on('connection', (socket: Socket) => contain(log, socket, () => connections.take(socket)))
  return server
}
