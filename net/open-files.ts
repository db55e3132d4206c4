/**
 * Keeps a reserve of open files. Where a process has nearly as many as it may, new connections are refused, so that old
 * ones can go on.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Reserve {
  /** Says whether a request must be answered by `refuse`, and by nothing else. */
  refuses(request: { socket: Duplex }): boolean
}

/** The number of this process's sockets, to clients and to backends. Other files are few, and part of the reserve. */
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

/** How long a refused connection may take to send its request and read the refusal. */
const politeMilliseconds = 2000

/**
 * Keeps a reserve of files at a server. Above a first mark a new connection is told to come again. Above a second mark
 * a new connection is cut, and requests on old connections are told to come again, since each may take one more file to
 * go on. `most` is the number of files that this process may have. `polite` is false where telling takes a TLS
 * handshake first; then new connections are cut above the first mark. `report` may be called often.
 */
export function keepReserve(
  server: { on(event: 'connection', listener: (socket: Socket) => void): unknown },
  report: (sockets: number) => void,
  { most = openFileLimit(), polite = true }: { most?: number; polite?: boolean } = {},
): Reserve {
  const reserve = Math.min(1024, Math.ceil(most / 4))
  const [first, second] = [most - reserve, most - reserve / 2]
  const refused = new WeakSet<Duplex>()
  server.on('connection', (socket: Socket) => {
    if (sockets <= first) return
    report(sockets)
    if (sockets > second || !polite) return void socket.destroy()
    refused.add(socket)
    const timer = setTimeout(() => socket.destroy(), politeMilliseconds)
    socket.once('close', () => clearTimeout(timer))
  })
  return { refuses: ({ socket }) => refused.has(socket) || sockets > second }
}

/** The log message for `report`. */
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

let limit: number | undefined

/** Returns how many files this process may open; infinity where that is unknown. Node raises it to the hard limit. */
export function openFileLimit(): number {
  // The report takes 10 ms and more, and nothing changes the limit while the process lives.
  limit ??= readLimit()
  return limit
}

function readLimit(): number {
  // Without this option the report would look up the names of peers.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isFinite(soft) && soft > 0 ? soft : Number.POSITIVE_INFINITY
}
