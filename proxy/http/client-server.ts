/** A server for the connections of clients, over TCP, a unix socket or TLS. */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type SecureContextOptions, type Server as TlsServer } from 'node:tls'
import type { AnyServer } from '../../net/listen.ts'
import { ClientConnection, type ClientConnectionOptions } from './client-connection.ts'

export interface ClientServerOptions extends ClientConnectionOptions {
  /** Where it is undefined, the server speaks http. */
  certificate: ServerCertificate | undefined
}

/** A certificate that may change while the server runs. */
export interface ServerCertificate {
  options(): SecureContextOptions
  /** Gives this server every later certificate. */
  supply(server: TlsServer): void
}

const handshakeMilliseconds = 30_000

/** How often the server looks for clients that are too slow. */
const lookMilliseconds = 5000

export function clientServer({ certificate, ...options }: ClientServerOptions): AnyServer {
  const connections = new Set<ClientConnection>()
  const server = certificate === undefined ? createServer(how) : secureServer(certificate)
  server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    const connection = new ClientConnection(socket, options)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })
  const look = () => {
    const now = performance.now()
    for (const connection of connections) if (now > connection.deadline) connection.expire()
  }
  server.once('listening', () => {
    const timer = setInterval(look, Math.min(options.headMilliseconds, lookMilliseconds)).unref()
    server.once('close', () => clearInterval(timer))
  })
  return Object.assign(server, {
    /** Ends the idle connections now, and the others after their answer. */
    closeIdleConnections() {
      for (const connection of connections) connection.finish()
    },
  })
}

/** A client that ends its side still gets what was written before. */
const how = { allowHalfOpen: true, noDelay: true }

function secureServer(certificate: ServerCertificate): Server {
  const protocols = { ALPNProtocols: ['http/1.1'], handshakeTimeout: handshakeMilliseconds }
  const server = createTlsServer({ ...how, ...protocols, ...certificate.options() })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  certificate.supply(server)
  return server
}
