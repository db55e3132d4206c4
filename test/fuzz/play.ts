/** Does an exchange at its door, and says what the client saw. */
import { connect, type NetConnectOpts } from 'node:net'
import { type HostileServer, perform } from './cast/hostile-server.ts'
import type { Exchange } from './exchange.ts'
import type { PlaceholderValues } from './placeholders.ts'

export interface Seen {
  statuses: number[]
  /** The beginning of all that came, as bytes. */
  text: string
}

export interface Stage {
  hostile: HostileServer
  words: PlaceholderValues
  where: NetConnectOpts
}

/** How long a client waits for the first byte, and for more of them. */
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

/** An answer that says that the program itself is broken. A learner's server may say 500 too, but not with our request's id. */
export function faultIn({ door }: Exchange, { text }: Seen): string | undefined {
  const heads =
    door === 'routes'
      ? /HTTP\/1\.1 500 [\s\S]{0,300}/
      : /HTTP\/1\.1 500 [^\r\n]*\r\n(?:[^\r\n]+\r\n)*?x-request-id:[\s\S]{0,300}/i
  return heads.exec(text)?.[0]
}
