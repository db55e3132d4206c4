/**
 * Keeps a reserve of open files: where a process has nearly as many as it may, new connections are refused and old ones
 * live. It lies in `seats` because hub and proxy both keep one.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Reserve {
  /** Whether a request is to be answered by `refuse`, and nothing else. */
  refuses(req: IncomingMessage): boolean
}

/** Sockets of this whole process, to both sides. Other files are few, and part of the reserve. */
let sockets = 0
const count = (message: unknown) => {
  const { socket } = message as { socket: Socket }
  sockets += 1
  socket.once('close', () => {
    sockets -= 1
  })
}
subscribe('net.client.socket', count)
subscribe('net.server.socket', count)

/** How long a connection that is refused may take to ask for something, and to hear that. */
const politeMilliseconds = 2000

/**
 * Above the first mark a new connection is told to come again, above the second one it is cut, and requests on old
 * connections are told so too, since each may take one more file to go on. `most`: files that this process may have.
 * `polite`: false where that takes a TLS handshake first; then both are cut. `complain` may be called often.
 */
export function keepReserve(
  server: { on(event: 'connection', listener: (socket: Socket) => void): unknown },
  complain: (sockets: number) => void,
  { most = openFileLimit(), polite = true }: { most?: number; polite?: boolean } = {},
): Reserve {
  const reserve = Math.min(1024, Math.ceil(most / 4))
  const [first, second] = [most - reserve, most - reserve / 2]
  const refused = new WeakSet<Duplex>()
  server.on('connection', (socket: Socket) => {
    if (sockets <= first) return
    complain(sockets)
    if (sockets > second || !polite) return void socket.destroy()
    refused.add(socket)
    const timer = setTimeout(() => socket.destroy(), politeMilliseconds)
    socket.once('close', () => clearTimeout(timer))
  })
  return { refuses: ({ socket }) => refused.has(socket) || sockets > second }
}

/** For the log. */
export const tooManyFiles =
  'this process has nearly as many open files as it may, so new connections are refused: raise its limit (ulimit -n)'

const retrySeconds = 10

export function refuse(to: ServerResponse | Duplex): void {
  const text = 'There are too many connections just now. Try again in a few seconds.\n'
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(text.length),
    'cache-control': 'no-store',
    'retry-after': String(retrySeconds),
    connection: 'close',
  }
  if ('writeHead' in to) {
    to.writeHead(503, headers).end(text)
    return
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  to.end(`HTTP/1.1 503 Service Unavailable\r\n${lines.join('')}\r\n${text}`, () => to.destroy())
}

/** Infinity where nobody can tell. Node has raised the soft limit to the hard one already. */
export function openFileLimit(): number {
  // Without it, names of peers would be looked up.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isFinite(soft) && soft > 0 ? soft : Number.POSITIVE_INFINITY
}
