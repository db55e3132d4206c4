import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { matchAddresses, networksOf } from '../../net/address.ts'
import { createBuckets } from '../../net/bucket.ts'
import { openFileLimit } from '../../net/open-files.ts'
import { createUnderWay } from '../../net/under-way.ts'

export interface ConnectionLimit {
  /** Counts a new connection, and cuts it at once where its address has too many. */
  take(socket: Socket): void
}

/**
 * Limits the connections of each network to `most` (wider networks to several times as many), and to a quarter of the
 * files that this process may open. A class with its notebooks open has a few thousand connections at most; an attacker
 * who wants to use up the file handles needs more.
 */
export function limitConnections(
  most: number,
  trustedProxies: readonly string[] | undefined,
  log: Logger,
  files = openFileLimit(),
): ConnectionLimit {
  // Each connection may take a second file on its way to a backend. A quarter keeps the reserve of files out of reach.
  const mostOf = (share: number) => Math.min(most * share, Math.floor(files / 4))
  const open = createUnderWay()
  const isTrustedProxy = matchAddresses(trustedProxies)
  // One line a minute, so that a flood of connections does not flood the log.
  const lines = createBuckets({ burst: 1, perSecond: 1 / 60 })

  return {
    take(socket) {
      const { remoteAddress } = socket
      // A trusted proxy brings the connections of all clients. A unix socket has no address.
      if (remoteAddress === undefined || isTrustedProxy(remoteAddress)) return
      const networks = networksOf(remoteAddress).map(({ key, share }) => ({ name: key, most: mostOf(share) }))
      const leave = open.take(networks)
      if (leave !== undefined) return void socket.once('close', leave)
      const full = open.fullOf(networks)
      if (full !== undefined && lines.take(full.name) === 0) {
        log.warn({ client: full.name, connections: full.most }, 'an address has too many connections')
      }
      socket.destroy()
    },
  }
}
