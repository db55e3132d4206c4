import { lstat, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { undefinedIf } from '../../net/error-code.ts'
import { adminSocketOf } from '../../net/machine/admin-socket.ts'
import { type BoundListener, bind, type Listening } from './listen.ts'

/**
 * Opens the socket for commands of this machine, which only the hub's own account can open. It takes the place of one
 * that is there: commands reach the hub that was started last. Rejects where the path is too long, and where a file is
 * in the way that is no socket of this account.
 */
export async function bindAdminSocket(dataDir: string, listening: Listening): Promise<BoundListener> {
  const socket = adminSocketOf(dataDir)
  const earlier = await lstat(socket).catch(undefinedIf('ENOENT'))
  if (earlier !== undefined && !(earlier.isSocket() && earlier.uid === process.getuid?.())) {
    throw new Error(`${socket} is no socket of this account. Look what it is, and move it away.`)
  }
  // Made in a closed folder and then moved, so that at no moment another account can open it, whatever the umask is.
  // The account may write into no folder but this one: `join` would leave the dot out, and name one beside it.
  const draft = await mkdtemp(`${dirname(socket)}/.`)
  try {
    const listener = await bind({ ip: '', port: 0, socket: join(draft, 's') }, listening)
    try {
      await rename(join(draft, 's'), socket)
      const own = await lstat(socket)
      return {
        ...listener,
        address: socket,
        async close() {
          const now = await lstat(socket).catch(undefinedIf('ENOENT'))
          if (now?.ino === own.ino && now.dev === own.dev) await rm(socket, { force: true })
          await listener.close()
        },
      }
    } catch (error) {
      await listener.close()
      throw error
    }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
