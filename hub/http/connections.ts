import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networksOf } from '../../net/address.ts'
import { createClientBuckets, type Pace } from '../../net/bucket.ts'
import { createUnderWay } from '../../net/under-way.ts'

export interface ConnectionLimits {
  /** Most connections that one address may have at once. */
  atOnce: number
  /** How often one address may open a connection. */
  pace: Pace
}

/**
 * Closes connections of an address that has too many, before a byte is read. A unix socket has no addresses, and so no
 * limit.
 */
export function limitServerConnections(server: Server, { atOnce, pace }: ConnectionLimits): void {
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
