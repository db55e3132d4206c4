import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { networksOf } from '../../net/address.ts'
import { createBuckets } from '../../net/bucket.ts'
import { openFileLimit } from '../../net/open-files.ts'
import { frontsAmong } from './fronts.ts'

export interface ConnectionLimit {
  /** A connection has come in: cut at once where its address has too many. */
  take(socket: Socket): void
}

/**
 * A class with its notebooks open has a few thousand at most; somebody who wants all file handles has more. No network has
 * more than a quarter of the files that this process may open.
 */
export function limitConnections(
  most: number,
  fronts: readonly string[] | undefined,
  log: Logger,
  files = openFileLimit(),
): ConnectionLimit {
  // Each may take a second file on its way to a backend: so no network reaches what the process keeps in reserve.
  const mostOf = (share: number) => Math.min(most * share, Math.floor(files / 4))
  const counts = new Map<string, number>()
  const isFront = frontsAmong(fronts)
  // One line a minute: whoever floods connections must not flood the log.
  const lines = createBuckets({ burst: 1, perSecond: 1 / 60 })

  return {
    take(socket) {
      const { remoteAddress } = socket
      // A front brings everybody's connections; a unix socket has no address.
      if (remoteAddress === undefined || isFront(remoteAddress)) return
      const networks = networksOf(remoteAddress)
      const full = networks.find(({ key, share }) => (counts.get(key) ?? 0) >= mostOf(share))
      if (full !== undefined) {
        if (lines.take(full.key) === 0) {
          log.warn({ client: full.key, connections: mostOf(full.share) }, 'an address has too many connections')
        }
        socket.destroy()
        return
      }
      for (const { key } of networks) counts.set(key, (counts.get(key) ?? 0) + 1)
      socket.once('close', () => {
        for (const { key } of networks) {
          const left = (counts.get(key) ?? 1) - 1
          if (left === 0) counts.delete(key)
          else counts.set(key, left)
        }
      })
    },
  }
}
