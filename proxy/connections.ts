import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { clientKey, createBuckets } from '../seats/bucket.ts'
import { frontsAmong } from './fronts.ts'

export interface ConnectionLimit {
  /** A connection has come in: cut at once where its address has too many. */
  take(socket: Socket): void
}

/** A class with its notebooks open has a few thousand at most; somebody who wants all file handles has more. */
export function limitConnections(most: number, fronts: readonly string[] | undefined, log: Logger): ConnectionLimit {
  const counts = new Map<string, number>()
  const isFront = frontsAmong(fronts)
  // One line a minute: whoever floods connections must not flood the log.
  const lines = createBuckets({ burst: 1, perSecond: 1 / 60 })

  return {
    take(socket) {
      const { remoteAddress } = socket
      // A front brings everybody's connections; a unix socket has no address.
      if (remoteAddress === undefined || isFront(remoteAddress)) return
      const client = clientKey(remoteAddress)
      const count = (counts.get(client) ?? 0) + 1
      if (count > most) {
        if (lines.take(client) === 0) log.warn({ client, connections: most }, 'an address has too many connections')
        socket.destroy()
        return
      }
      counts.set(client, count)
      socket.once('close', () => {
        const left = (counts.get(client) ?? 1) - 1
        if (left === 0) counts.delete(client)
        else counts.set(client, left)
      })
    },
  }
}
