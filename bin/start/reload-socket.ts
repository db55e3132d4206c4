/** The socket by which `carrel reload` reaches the supervisor, which outlives the hubs that come and go. */
import { lstat, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import type { Reloads } from './reloads.ts'

/** What a client writes, with the line break at its end. */
export const reloadRequest = 'reload\n'

/** A line of the answer, as JSON. The code comes last, and is the exit code of the command. */
export type ReloadAnswer = { line: string } | { code: number }

/** Most connections at once. */
const mostClients = 32
/** How long a client may take to say what it wants. */
const askSeconds = 10

/** Listens at a path which this process's account alone can open. Returns a function that closes the socket. */
export async function listenForReloads(path: string, reloads: Reloads): Promise<() => void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined && !(found.isSocket() && found.uid === process.getuid?.())) {
    throw new Error(`${path} is no socket of this account. Look what it is, and move it away.`)
  }
  // A supervisor that was killed has left it. Another one that lives would hold the claim of the data folder.
  await rm(path, { force: true })
  const server = createServer((socket) => serve(socket, reloads))
  server.maxConnections = mostClients
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  // The socket is made within this call, with the rights that hold at that moment.
  const before = process.umask(0o177)
  server.listen(path, resolve)
  process.umask(before)
  await promise
  // For example a connection that no file is left for, which is lost.
  server.off('error', reject).on('error', () => undefined)
  return () => void server.close()
}

function serve(socket: Socket, reloads: Reloads): void {
  const say = (answer: ReloadAnswer) => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
  }
  let asked = ''
  socket.on('error', () => socket.destroy())
  socket.setTimeout(askSeconds * 1000, () => socket.destroy())
  socket.setEncoding('utf8').on('data', (text: string) => {
    const before = asked
    asked = (asked + text).slice(0, reloadRequest.length + 1)
    if (before === reloadRequest || asked !== reloadRequest) {
      if (!reloadRequest.startsWith(asked)) socket.destroy()
      return
    }
    socket.setTimeout(0)
    void reloads
      .request((line) => say({ line }))
      .then((code) => {
        say({ code })
        socket.end()
      })
  })
}
