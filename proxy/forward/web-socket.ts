/** Opens a WebSocket at the backend first, then joins both sockets. */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import { headerLines } from '../http/header-lines.ts'
import { headersOf } from '../http/headers.ts'
import { pieceBytes } from '../http/request-body.ts'
import { createPassage } from './answer.ts'
import { isBehind } from './behind.ts'
import { type AnswerPart, Connection, type Shared } from './connection.ts'
import { dataFrameWatch } from './data-frames.ts'
import { type Forwarding, fail, headFor } from './forwarding.ts'
import type { Place } from './places.ts'
import type { ResponseHead } from './response-parser.ts'

/** How many bytes a client may send before its WebSocket is open. */
const earlyBytes = 64 * 1024

/** How long a backend may stay silent after the client has ended its side. */
const halfOpenMilliseconds = 30_000

/** A forwarding with its place at the backend. */
interface InFlight {
  forwarding: Forwarding
  place: Place
  shared: Shared
}

export function openWebSocket(
  { forwarding, place, shared }: InFlight,
  { socket, head }: { socket: Socket; head: Buffer },
  timeoutMilliseconds: number,
): void {
  const { exchange } = forwarding
  const { log } = shared
  socket.once('close', () => place.leave())
  const text = headFor(forwarding, 'GET', upgrading)
  if (text === undefined) return
  keepAlive(socket)
  if (head.length > 0) socket.unshift(head)

  const connection = new Connection(forwarding.target.where, shared)
  const passPart = createPassage(forwarding, place)
  const timer = setTimeout(() => connection.break(new Error('the server did not answer in time')), timeoutMilliseconds)
  // Until the backend has answered, only this listener reads the client's socket, so that its leaving is noticed.
  const early: Buffer[] = []
  let size = 0
  const keep = (chunk: Buffer) => {
    early.push(chunk)
    size += chunk.length + pieceBytes
    if (size > earlyBytes) socket.destroy()
  }
  // A client that ends its side before the WebSocket is open does not wait for one.
  const leave = () => {
    socket.destroy()
    settle()
    connection.destroy()
  }
  socket.on('data', keep).on('end', leave).on('close', leave).resume()
  const settle = () => {
    clearTimeout(timer)
    socket.off('data', keep).off('end', leave)
  }

  const within =
    <Args extends unknown[]>(step: (...args: Args) => unknown) =>
    (...args: Args) =>
      contain(log, socket, () => {
        settle()
        return step(...args)
      })
  connection.begin(
    text,
    {
      take: within((part: AnswerPart) => {
        if (part.head !== undefined) socket.resume()
        const goesOn = passPart(connection, part)
        if (!goesOn || part.isLast) connection.destroy()
      }),
      takeOver: within((answer: ResponseHead, backend: Socket, first: Buffer) => {
        backend.on('error', () => backend.destroy())
        const opening = openingOf(forwarding, answer)
        if (opening instanceof Error || socket.destroyed) {
          backend.destroy()
          return opening instanceof Error ? fail(forwarding, opening) : undefined
        }
        exchange.record.answered = performance.now()
        exchange.record.status = 101
        // latin1 keeps the bytes as they came.
        socket.write(opening, 'latin1')
        socket.off('close', leave)
        socket.pause()
        if (early.length > 0) socket.unshift(Buffer.concat(early))
        if (first.length > 0) backend.unshift(first)
        join(socket, backend, forwarding.onData, log)
        return undefined
      }),
      failed: within((error: Error) => {
        // The backend broke off half-way. The client must not wait, nor take the half for the whole.
        if (exchange.record.answered !== undefined) return exchange.cut()
        return fail(forwarding, error)
      }),
    },
    'GET',
  )
}

const upgrading = 'connection: Upgrade\r\nupgrade: websocket\r\n'

/** Returns the head of the 101 answer, or an error where it cannot be written. */
function openingOf(forwarding: Forwarding, answer: ResponseHead): string | Error {
  try {
    const headers = forwarding.headersFor(101, headersOf(answer.headers))
    return `HTTP/1.1 101 Switching Protocols\r\n${headerLines(headers)}${upgrading}\r\n`
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function join(socket: Socket, backend: Socket, onData: (() => void) | undefined, log: Logger): void {
  if (onData !== undefined) {
    const watch = dataFrameWatch(onData)
    socket.on('data', (chunk: Buffer) => contain(log, socket, () => watch(chunk)))
  }
  carry(backend, socket)
  carry(socket, backend)
  socket.on('close', () => backend.destroy())
  backend.on('close', () => socket.destroySoon())
  socket.once('end', () => backend.setTimeout(halfOpenMilliseconds, () => backend.destroy()))
}

/** Writes to one socket what comes from another, as `pipe` does with more work for each piece. */
function carry(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    if (isBehind(to.write(chunk), to)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.resume()
}

function keepAlive(socket: Socket): void {
  socket.setTimeout(0)
  socket.setNoDelay(true)
  socket.setKeepAlive(true)
}
