import { chmod, lstat, rename, rm } from 'node:fs/promises'
import { type AddressInfo, connect, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { hostPort, socketUrl } from './endpoint.ts'
import { codeOf } from './error-code.ts'

/** A server of `node:http`, or one like it. */
export type AnyServer = Server & {
  /** Ends the connections on which no request is under way. */
  closeIdleConnections(): void
}

/** Where a server takes connections: several addresses on one port, or a unix socket. */
export type ListenAt =
  /**
   * The first address must exist; further ones that this machine lacks (`::1`) are left out. Port 0: any free port. The
   * address `::` takes IPv4 too with `dualStack`, which rules out `0.0.0.0` beside it.
   */
  { ips: readonly [string, ...string[]]; port: number; dualStack?: boolean } | { socket: string }

export interface OpenListener {
  /** For example `http://127.0.0.1:8000` or `unix+http://%2Frun%2Fproxy.sock`. */
  urls: [string, ...string[]]
  /** Takes no more connections, and cuts busy ones after `graceMilliseconds`. */
  stop(graceMilliseconds: number): Promise<void>
}

/** Starts one HTTP server for each address. Rejects when an address or the socket is taken. */
export async function openListener(place: ListenAt, makeServer: () => AnyServer): Promise<OpenListener> {
  if ('socket' in place) return listenOnSocket(place.socket, makeServer())
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listenOnPort(place, makeServer)
    } catch (error) {
      // With port 0 the port that the first address got may be taken at the second address.
      if (place.port !== 0 || attempt === 10 || codeOf(error) !== 'EADDRINUSE') throw error
    }
  }
}

async function listenOnPort(
  { ips, port: wanted, dualStack = false }: Extract<ListenAt, { ips: unknown }>,
  makeServer: () => AnyServer,
): Promise<OpenListener> {
  const open: Tracked[] = []
  const urls: string[] = []
  let port = wanted
  try {
    for (const ip of ips) {
      const tracked = track(makeServer())
      try {
        await started(tracked.server, { host: ip, port, ipv6Only: !dualStack && ip.includes(':') })
      } catch (error) {
        const code = codeOf(error) ?? ''
        if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(code)) throw error
        if (open.length > 0) continue
        throw Object.assign(new Error(`this machine has no address ${ip} to listen on`, { cause: error }), { code })
      }
      open.push(tracked)
      port = (tracked.server.address() as AddressInfo).port
      urls.push(`${'setSecureContext' in tracked.server ? 'https' : 'http'}://${hostPort(ip, port)}`)
    }
  } catch (error) {
    await Promise.all(open.map((one) => one.stop(0)))
    throw error
  }
  const [first, ...rest] = urls
  if (first === undefined) throw new Error('no address to listen on')
  return {
    urls: [first, ...rest],
    stop: async (grace) => {
      await Promise.all(open.map((one) => one.stop(grace)))
    },
  }
}

async function listenOnSocket(socket: string, server: AnyServer): Promise<OpenListener> {
  const tracked = track(server)
  // Removes a socket that a killed process has left. The socket of a living process stays, as does any other file at
  // this path.
  const isSocket = (await lstat(socket).catch(() => undefined))?.isSocket() ?? false
  if (isSocket && (await isDead(socket))) await rm(socket, { force: true })
  await started(server, { path: socket })
  try {
    await chmod(socket, 0o600)
  } catch (error) {
    await tracked.stop(0)
    throw error
  }
  return {
    urls: [socketUrl(socket)],
    async stop(graceMilliseconds) {
      await letWaitingIn(socket)
      await tracked.stop(graceMilliseconds)
    },
  }
}

/** How long a listener that closes waits for connections to be taken that were made before. */
const waitingMilliseconds = 1000

/**
 * Resolves when the connections are taken that wait at a socket, and lets no further one come. A listener that closes
 * without this cuts them, and what was sent on them is lost.
 */
async function letWaitingIn(socket: string): Promise<void> {
  const aside = `${socket}-`
  try {
    await rename(socket, aside)
  } catch {
    // The socket was moved or removed, so that none come any more.
    return
  }
  // Connections are taken in their order, so all others are taken when the server has answered the end of this one.
  const last = connect(aside)
  await new Promise<void>((resolve) => {
    last.setTimeout(waitingMilliseconds, () => last.destroy())
    last.once('error', () => undefined).once('close', () => resolve())
    last.once('connect', () => last.end()).resume()
  })
  await rm(aside, { force: true })
}

interface Tracked {
  server: AnyServer
  stop(graceMilliseconds: number): Promise<void>
}

/** How often a server that closes looks for connections that have become idle. */
const idleMilliseconds = 20

/** Keeps track of a server's connections, because `server.close()` ends neither open requests nor WebSockets. */
function track(server: AnyServer): Tracked {
  const sockets = new Set<Duplex>()
  const keep = (socket: Duplex) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('connection', keep)
  server.on('secureConnection', keep)
  return {
    server,
    async stop(graceMilliseconds) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeIdleConnections()
      // A connection whose answer ends meanwhile is idle then, and its client may keep it open.
      const closing = setInterval(() => server.closeIdleConnections(), idleMilliseconds)
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, graceMilliseconds)
      await closed
      clearInterval(closing)
      clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
    },
  }
}

function started(server: AnyServer, where: { host: string; port: number; ipv6Only: boolean } | { path: string }) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Says whether no process listens on a socket. A process with a full queue of connections causes another error. */
function isDead(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket)
    client.once('connect', () => {
      client.destroy()
      resolve(false)
    })
    client.once('error', (error) => resolve(['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
  })
}
