/** Opens a WebSocket at the backend first, then joins both sockets. */
import { type IncomingMessage, type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'
import { dataFrameWatch } from './data-frames.ts'
import { begin, fail, given, type InFlight, passAnswer } from './forwarding.ts'

/** How many bytes a client may send before its WebSocket is open. */
const earlyBytes = 64 * 1024

/** How long a backend may stay silent after the client has ended its side. */
const halfOpenMilliseconds = 30_000

export function openWebSocket(
  inFlight: InFlight,
  { socket, head }: { socket: Socket; head: Buffer },
  timeoutMilliseconds: number,
): void {
  const { forwarding, place, within } = inFlight
  socket.once('close', () => place.leave())
  const wire = begin(inFlight, { agent: false, method: 'GET', headers: { ...given(forwarding.headers), ...upgrading } })
  if (wire === undefined) return
  keepAlive(socket)
  if (head.length > 0) socket.unshift(head)

  const timer = setTimeout(() => wire.destroy(new Error('the server did not answer in time')), timeoutMilliseconds)
  // Until the backend has answered, only this listener reads the client's socket, so that its leaving is noticed.
  const early: Buffer[] = []
  let size = 0
  const keep = (chunk: Buffer) => {
    early.push(chunk)
    size += chunk.length
    if (size > earlyBytes) socket.destroy()
  }
  // A client that ends its side before the WebSocket is open does not wait for one.
  const leave = () => {
    socket.destroy()
    wire.destroy()
  }
  socket.on('data', keep).on('end', leave).on('close', leave)
  const settle = () => {
    clearTimeout(timer)
    socket.off('data', keep).off('end', leave)
  }

  wire.once('close', settle)
  wire.on(
    'error',
    within((error: Error) => fail(forwarding, error)),
  )
  wire.once(
    'upgrade',
    within((answer: IncomingMessage, backend: Socket, first: Buffer) => {
      settle()
      backend.on('error', () => backend.destroy())
      const opening = openingOf(inFlight, answer)
      if (opening instanceof Error || socket.destroyed) {
        backend.destroy()
        return opening instanceof Error ? fail(forwarding, opening) : undefined
      }
      forwarding.exchange.record.answered = performance.now()
      forwarding.exchange.record.status = 101
      // latin1 keeps the bytes as they came.
      socket.write(opening, 'latin1')
      socket.pause()
      for (const chunk of early.reverse()) socket.unshift(chunk)
      if (first.length > 0) backend.unshift(first)
      join(inFlight, socket, backend)
      return undefined
    }),
  )
  wire.once(
    'response',
    within((answer: IncomingMessage) => {
      settle()
      socket.resume()
      return passAnswer(inFlight, answer)
    }),
  )
  wire.end()
}

const upgrading = { connection: 'Upgrade', upgrade: 'websocket' }

/** Returns the head of the 101 answer, or an error where it cannot be written. */
function openingOf({ forwarding }: InFlight, answer: IncomingMessage): string | Error {
  try {
    const headers = { ...given(forwarding.headersFor(101, answer.headers)), ...upgrading }
    return `HTTP/1.1 101 Switching Protocols\r\n${linesOf(headers).join('')}\r\n`
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function linesOf(headers: OutgoingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values = '']) =>
    (Array.isArray(values) ? values : [String(values)]).map((value) => {
      validateHeaderName(name)
      validateHeaderValue(name, value)
      return `${name}: ${value}\r\n`
    }),
  )
}

function join({ forwarding, within }: InFlight, socket: Socket, backend: Socket): void {
  keepAlive(backend)
  if (forwarding.onData !== undefined) socket.on('data', within(dataFrameWatch(forwarding.onData)))
  backend.pipe(socket)
  socket.pipe(backend)
  socket.on('close', () => backend.destroy())
  backend.on('close', () => socket.destroySoon())
  socket.once('end', () => backend.setTimeout(halfOpenMilliseconds, () => backend.destroy()))
}

function keepAlive(socket: Socket): void {
  socket.setTimeout(0)
  socket.setNoDelay(true)
  socket.setKeepAlive(true)
}
