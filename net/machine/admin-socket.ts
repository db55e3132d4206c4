/** Where commands on this machine reach what runs with a data folder. */
import { join, resolve } from 'node:path'
import { longestSocket } from './run-dir.ts'

/** Returns the path of the hub's socket. Throws where the path is longer than paths of sockets may be. */
export function adminSocketOf(dataDir: string): string {
  return socketIn(dataDir, 'admin.sock', ', or name the hub with --hub')
}

/** Returns the path of the socket of `carrel start`, which takes requests to reload. Throws as `adminSocketOf` does. */
export function reloadSocketOf(dataDir: string): string {
  return socketIn(dataDir, 'reload.sock', '')
}

function socketIn(dataDir: string, name: string, orElse: string): string {
  const path = join(resolve(dataDir), name)
  if (Buffer.byteLength(path) <= longestSocket) return path
  throw new Error(
    `${path} is too long for a socket: such paths end at ${longestSocket} bytes. Move the data folder to a shorter path${orElse}.`,
  )
}
