/**
 * The server behind the proxy in `bench seats`, a process of its own. It responds at once, and echoes on WebSockets.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

/** Jupyter's response about a kernel. It is sent with Jupyter's headers. */
const body = JSON.stringify({
  id: '5d1e4c0f-6d4d-4b39-9d0f-0a3f2a6a7c11',
  name: 'python3',
  last_activity: '2026-01-31T12:00:00.000000Z',
  execution_state: 'idle',
  connections: 1,
})
const headers = {
  server: 'TornadoServer/6.5.2',
  'content-type': 'application/json',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "frame-ancestors 'self'; report-uri /api/security/csp-report; default-src 'none'",
  'access-control-allow-origin': '',
  etag: '"6f2c5c4b5d1e4c0f6d4d4b399d0f0a3f2a6a7c11"',
  'content-length': String(body.length),
}

const server = createServer({ keepAliveTimeout: 0 }, (_req, res) => {
  res.writeHead(200, headers)
  res.end(body)
})
const webSockets = new WebSocketServer({ server, perMessageDeflate: false })
webSockets.on('connection', (client) => {
  client.on('message', (message, isBinary) => client.send(message, { binary: isBinary }))
  client.on('error', () => {})
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
