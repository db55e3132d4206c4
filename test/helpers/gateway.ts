import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { selfSigned } from './certificate.ts'

export interface Gateway {
  port: number
  /** Sets the target of new connections: a port of 127.0.0.1 or a unix socket. */
  forwardTo(target: number | string): void
  close(): Promise<void>
}

/**
 * Starts a forwarder in the place of a load balancer, with TLS if `tls` is set. Its port is known before the program
 * behind it has started.
 */
export async function startGateway({ tls = false } = {}): Promise<Gateway> {
  let target: number | string | undefined
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    if (target === undefined) return socket.destroy()
    const behind = typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1')
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      sockets.add(one)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.on('error', () => other.destroy())
      one.pipe(other)
    }
    return undefined
  }
  const server: Server = tls ? createTlsServer(selfSigned(), accept) : createServer(accept)
  // Connections that have sent nothing yet are included, because the close of a TLS server would wait for them.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    forwardTo(next) {
      target = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
