/**
 * The servers behind the proxies in `bench proxy`, all in one process, at the addresses that its arguments name. It writes
 * prepared bytes, so that it takes little of the core that it shares with the load generator.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface BackendAnswer {
  /** The addresses of the servers, told once at the start. */
  targets?: string[]
  /** How many connections wait for their client at this moment, whenever the parent asks. */
  stuck?: number
}

/** Jupyter's headers. */
const headers = [
  'Server: TornadoServer/6.5.2',
  'Date: Sat, 31 Jan 2026 12:00:00 GMT',
  'X-Content-Type-Options: nosniff',
  "Content-Security-Policy: frame-ancestors 'self'; report-uri /api/security/csp-report; default-src 'none'",
  'Access-Control-Allow-Origin: ',
  'Etag: "6f2c5c4b5d1e4c0f6d4d4b399d0f0a3f2a6a7c11"',
]
const answerOf = (type: string, bytes: number) => {
  const lines = [...headers, `Content-Type: ${type}`, `Content-Length: ${bytes}`]
  return Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n${'x'.repeat(bytes)}`)
}
// The long one is of a type that no proxy compresses, since what forwarding costs is measured.
const [short, long] = [answerOf('application/json', 1024), answerOf('image/png', 1024 * 1024)]
const opening = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

const sockets = new Set<Socket>()
const serve = (socket: Socket) => {
  sockets.add(socket)
  socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  let isWebSocket = false
  let left = 0
  socket.on('data', (bytes: Buffer) => {
    if (isWebSocket) return void socket.write(bytes)
    if (left > 0) {
      left -= bytes.length
      if (left <= 0) socket.write(short)
      return
    }
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) throw new Error('a head came in two pieces')
    const head = bytes.toString('latin1', 0, end)
    if (/\r\nupgrade: websocket/i.test(head)) {
      isWebSocket = true
      socket.write(opening)
      return
    }
    if (head.startsWith('POST ')) {
      left = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0) - (bytes.length - end - 4)
      if (left <= 0) socket.write(short)
      return
    }
    socket.write(/^GET \S*\/long/.test(head) ? long : short)
  })
}
const targets: string[] = []
for (const address of process.argv.slice(2)) {
  const server = createServer({ noDelay: true }, serve).listen(0, address)
  await once(server, 'listening')
  targets.push(`http://${address}:${(server.address() as AddressInfo).port}`)
}
process.send?.({ targets } satisfies BackendAnswer)
process.on('message', () => process.send?.({ stuck: [...sockets].filter((one) => one.writableLength > 0).length }))
process.on('disconnect', () => process.exit())
