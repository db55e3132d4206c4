import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { networksOf } from '../../net/address.ts'
import { createClientBuckets, type Pace } from '../../net/bucket.ts'
import { createUnderWay } from './under-way.ts'

/**
 * Hands on so many requests of one connection at once. Clients send the next one after the answer; a connection that
 * pipelines more is cut, because it would count as one wherever connections are counted.
 */
export function oneAfterTheOther(most: number, handle: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, number>()
  return (req: IncomingMessage, res: ServerResponse) => {
    const { socket } = req
    // What came in one piece with the request that was too many is parsed all the same.
    if (socket.destroyed) return
    const count = (underWay.get(socket) ?? 0) + 1
    if (count > most) {
      socket.destroy()
      return
    }
    underWay.set(socket, count)
    res.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
    handle(req, res)
  }
}

export interface ConnectionLimits {
  /** Connections that one address may have at once … */
  atOnce: number
  /** … and how often it may open one. */
  pace: Pace
}

/** Cuts what one address has too much of, before a byte is read. A unix socket has no addresses, and so no limit. */
export function limitConnections(server: Server, { atOnce, pace }: ConnectionLimits): void {
  const open = createUnderWay()
  const opened = createClientBuckets(pace)
  server.on('connection', (socket: Socket) => {
    if (socket.remoteAddress === undefined) return
    const networks = networksOf(socket.remoteAddress).map(({ key, share }) => ({ name: key, most: atOnce * share }))
    const leave = opened.take(socket.remoteAddress) > 0 ? undefined : open.take(networks)
    if (leave === undefined) socket.destroy()
    else socket.once('close', leave)
  })
}
