/**
 * The server of all learners but the bystander. It follows the script of an exchange, and responds well without one.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Act, markPattern } from '../exchange.ts'
import { fill, type PlaceholderValues } from '../placeholders.ts'

export interface HostileServer {
  url: string
  /** Follows this script for requests with this number, until the returned function is called. */
  enact(number: number, script: Act[], words: PlaceholderValues): () => void
  /** Breaks all connections. */
  cut(): void
  stop(): Promise<void>
}

export async function startHostileServer(): Promise<HostileServer> {
  const scripts = new Map<number, { script: Act[]; words: PlaceholderValues }>()
  const sockets = new Set<Socket>()
  /** The newest script, for the hub's questions about activity, which carry no number. */
  let newest: { script: Act[]; words: PlaceholderValues } | undefined

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let head = ''
    socket.on('data', (chunk) => {
      head = (head + chunk.toString('latin1')).slice(-200_000)
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const request = head.slice(0, end)
      head = head.slice(end + 4)
      const number = markPattern.exec(request)?.[1]
      const isProbe = /^GET \S+\/api\/(?:kernels|terminals) /.test(request)
      const found = number === undefined ? (isProbe ? newest : undefined) : scripts.get(Number(number))
      if (found === undefined) socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]`)
      else void perform(socket, found.script, found.words)
    })
    socket.on('end', () => sleep(20).then(() => socket.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    enact(number, script, words) {
      const entry = { script, words }
      scripts.set(number, entry)
      if (script.length > 0) newest = entry
      return () => scripts.delete(number)
    },
    cut() {
      newest = undefined
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Performs the acts of one side, until the socket is closed. */
export async function perform(socket: Socket, acts: Act[], words: PlaceholderValues): Promise<void> {
  for (const act of acts) {
    if (socket.destroyed) return
    if ('write' in act) {
      if (!socket.writableEnded) socket.write(fill(act.write, words), 'latin1')
    } else if ('end' in act) socket.end()
    else if ('reset' in act) breakOff(socket)
    else if (act.wait === 'other') await somethingNew(socket)
    else await sleep(act.wait)
  }
}

function somethingNew(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(limit)
      for (const event of ['data', 'end', 'close']) socket.off(event, settle)
      resolve()
    }
    const limit = setTimeout(settle, 40)
    for (const event of ['data', 'end', 'close']) socket.once(event, settle)
  })
}

/** Resets a connection, or closes it when it is a unix socket, which has no reset. */
function breakOff(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
