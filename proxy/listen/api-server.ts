import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { AnyServer } from '../../net/listen.ts'
import { limitPipelines } from '../../net/pipelines.ts'
import { limits } from '../limits.ts'

/** An HTTP server for programs of ours and of operators. What `respond` rejects with is logged and answered with status 500. */
export function apiServer(
  respond: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
  log: Logger,
  name: 'routes API' | 'metrics' = 'routes API',
): AnyServer {
  const pipelines = limitPipelines(limits.unanswered)
  const server = createServer((req, res) =>
    contain(log, req.socket, async () => {
      res.on('error', () => req.socket.destroy())
      if (!pipelines.begin(req.socket, res)) return
      try {
        await respond(req, res)
      } catch (error) {
        log.error({ err: error }, `${name} failed`)
        if (res.headersSent) return void req.socket.destroy()
        res.writeHead(500).end()
      }
    }),
  )
  server.on('error', (error) => log.error({ err: error }, `the listener of the ${name} has trouble`))
  return server
}
