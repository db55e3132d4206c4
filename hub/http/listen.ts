import { createServer } from 'node:http'
import type Koa from 'koa'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import { createBuckets, linePace } from '../../net/bucket.ts'
import { openListener } from '../../net/listen.ts'
import { keepReserve, refuse, tooManyFiles } from '../../net/open-files.ts'
import { limitPipelines } from '../../net/pipelines.ts'
import { type ConnectionLimits, limitServerConnections } from './connections.ts'

export interface Listener {
  address: string
  close(): Promise<void>
}

export interface Listening {
  log: Logger
  /** Requests that one connection may have unanswered. */
  unanswered: number
  /** Whether a request may come as slowly as it likes: a file that a command sends. */
  isPatient?: boolean
  /** None when proxies of ours come here, which have as many connections as they need. */
  connections?: ConnectionLimits
}

/** A listener that takes connections. The requests on them wait until there is an app. */
export interface BoundListener extends Listener {
  serve(app: Koa): void
}

type Handler = ReturnType<Koa['callback']>

type PortOrSocket = { ip: string; port: number; socket?: string | undefined }

/** Serves an app on a unix socket or a port. */
export async function listen(app: Koa, where: PortOrSocket, listening: Listening): Promise<Listener> {
  const listener = await bind(where, listening)
  listener.serve(app)
  return listener
}

/**
 * Opens a unix socket or a port, whose address may be needed before there is an app to serve. Closing lets answers end
 * for two seconds, then cuts them.
 */
export async function bind(
  where: PortOrSocket,
  { log, unanswered, isPatient = false, connections }: Listening,
): Promise<BoundListener> {
  let handler: Handler | undefined
  const served = Promise.withResolvers<Handler>()
  const pipelines = limitPipelines(unanswered)
  const server = createServer(
    {
      ...{ maxHeaderSize: 32_768, headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
      requestTimeout: isPatient ? 0 : 30_000,
    },
    // Koa answers errors. An error of that answer ends this connection and nothing else.
    (req, res) =>
      contain(log, req.socket, () => {
        if (!pipelines.begin(req.socket, res)) return undefined
        if (reserve.refuses(req)) return refuse(res)
        return handler === undefined ? served.promise.then((serve) => serve(req, res)) : handler(req, res)
      }),
  )
  const lines = createBuckets(linePace)
  const warnOfSockets = (sockets: number) => {
    if (lines.take('open files') === 0) log.error({ sockets }, tooManyFiles)
  }
  const reserve = keepReserve(server, warnOfSockets)
  if (connections !== undefined) limitServerConnections(server, connections)
  const { socket } = where
  const place = socket === undefined ? { ips: [where.ip] as const, port: where.port, dualStack: true } : { socket }
  const { urls, stop } = await openListener(place, () => server)
  // For example a connection that no file is left for: it is lost, and the next one may find one.
  server.on('error', (error) => {
    if (lines.take('listener') === 0) log.error({ err: error }, 'could not take a connection')
  })
  return {
    address: socket ?? urls[0],
    serve(app) {
      handler = app.callback()
      served.resolve(handler)
    },
    close: () => stop(2000),
  }
}
