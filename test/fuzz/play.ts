/** Plays an exchange at its listener, and returns what the client got. */
import { connect, type NetConnectOpts } from 'node:net'
import { type HostileServer, perform } from './cast/hostile-server.ts'
import type { Exchange } from './exchange.ts'
import type { PlaceholderValues } from './placeholders.ts'

export interface Seen {
  statuses: number[]
  /** The beginning of all bytes that the client got. */
  text: string
}

export interface Stage {
  hostile: HostileServer
  words: PlaceholderValues
  where: NetConnectOpts
}

/** Milliseconds that a client waits for the first byte; `quietMilliseconds` are those for more bytes. */
const firstMilliseconds = 80
const quietMilliseconds = 15
const keptBytes = 40_000

export async function play(exchange: Exchange, number: number, { hostile, words, where }: Stage): Promise<Seen> {
  const leave = hostile.enact(number, exchange.server, words)
  const socket = connect({ ...where, allowHalfOpen: true, noDelay: true } as NetConnectOpts)
  let text = ''
  let isOver = false
  let wake = () => {}
  socket.on('data', (chunk) => {
    if (text.length < keptBytes) text += chunk.toString('latin1')
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isOver = true
    wake()
  })
  socket.on('end', () => {
    isOver = true
    wake()
  })
  await perform(socket, exchange.client, words)
  const quiet = () =>
    new Promise<boolean>((resolve) => {
      const limit = setTimeout(() => resolve(true), text === '' ? firstMilliseconds : quietMilliseconds)
      wake = () => {
        clearTimeout(limit)
        resolve(false)
      }
    })
  const deadline = performance.now() + 400
  while (!isOver && performance.now() < deadline && !(await quiet()));
  wake = () => {}
  socket.destroy()
  leave()
  return { statuses: statusesOf(text), text }
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3})(?= |\r)/g)].map(([, status]) => Number(status))
}

/**
 * Returns the response that shows a fault of hub or proxy, if there is one. A learner's server may respond with 500
 * too, but not with the id of a request.
 */
export function faultIn({ door }: Exchange, { text }: Seen): string | undefined {
  const heads =
    door === 'routes'
      ? /HTTP\/1\.1 500 [\s\S]{0,300}/
      : /HTTP\/1\.1 500 [^\r\n]*\r\n(?:[^\r\n]+\r\n)*?x-request-id:[\s\S]{0,300}/i
  return heads.exec(text)?.[0]
}
