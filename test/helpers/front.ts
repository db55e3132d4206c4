import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { selfSigned } from './certificate.ts'

export interface Front {
  port: number
  /** Where bytes go from now on: a port of 127.0.0.1 or a unix socket. */
  forwardTo(target: number | string): void
  close(): Promise<void>
}

/** Stands where a load balancer stands: its port is known before anything behind it has started. With TLS if wanted. */
export async function startFront({ tls = false } = {}): Promise<Front> {
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
  // With those that have not said anything yet: TLS begins with the first words, and a close would wait for them.
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
