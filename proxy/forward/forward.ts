/**
 * Forwards a request to a backend and its answer back, byte for byte. docs/decisions/0002-proxy-engine.md says what to
 * watch for, and why no library does it.
 */
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { Exchange } from '../exchange.ts'
import { createPassage } from './answer.ts'
import { type Compression, createCompression } from './compress/compression.ts'
import { type AnswerPart, Connection, type Shared, type Taker } from './connection.ts'
import { type Forwarding, fail, headFor } from './forwarding.ts'
import { createIdleConnections, type IdleConnections } from './idle.ts'
import { createPacer } from './pacer.ts'
import { Crowded, createPlaces, type Place } from './places.ts'
import { noUpload, unread, upload } from './upload.ts'
import { openWebSocket } from './web-socket.ts'

export interface Forwarder {
  send(forwarding: Forwarding): void
  /** Closes the idle connections of this pool, because the next program at the same address may be another one. */
  leave(pool: string): void
  close(): void
}

export interface ForwarderTestOptions {
  /** How long a WebSocket may take to open. Default: 60 seconds. */
  upgradeTimeoutMilliseconds?: number
}

export function createForwarder(
  log: Logger,
  { upgradeTimeoutMilliseconds = 60_000, workers = 1 }: ForwarderTestOptions & { workers?: number } = {},
): Forwarder {
  const idle = createIdleConnections()
  const compression = createCompression(log, workers)
  const shared = { log, crumbs: createPacer(crumbsMilliseconds) }
  const places = createPlaces(log, undefined, workers)

  return {
    send(forwarding) {
      const { exchange, pool } = forwarding
      const go = (place: Place | undefined) =>
        contain(log, exchange.socket, () => {
          if (exchange.hasLeft()) return place?.leave()
          exchange.record.forwarded ??= performance.now()
          if (place === undefined) return fail(forwarding, new Crowded())
          if (exchange.upgrade === undefined) return pass(forwarding, place, { idle, shared, compression })
          return openWebSocket({ forwarding, place, shared }, exchange.upgrade, upgradeTimeoutMilliseconds)
        })
      const { turn } = forwarding
      const enter = (place: Place | undefined) =>
        place === undefined || turn === undefined ? go(place) : turn(() => go(place))
      const kind = exchange.upgrade === undefined ? 'requests' : 'webSockets'
      const stopWaiting = places.waitFor(pool, kind, exchange.client, enter)
      if (exchange.upgrade === undefined && stopWaiting !== undefined) exchange.answer.whenOver(stopWaiting)
    },
    leave: (pool) => idle.leave(pool),
    close() {
      idle.close()
      shared.crumbs.close()
      compression.close()
    },
  }
}

/** The pause after a read of crumbs, which takes about three milliseconds of processor time. */
const crumbsMilliseconds = 20

/** What all exchanges of a proxy share. */
interface Means {
  idle: IdleConnections
  shared: Shared
  compression: Compression
}

/** Sends a request over an idle connection, or over a new one, and passes its answer on. */
function pass(forwarding: Forwarding, place: Place, { idle, shared, compression }: Means): void {
  const { exchange, target, pool } = forwarding
  const { socket, method, answer } = exchange
  const { log } = shared
  const head = headFor(forwarding, method, framing(exchange))
  if (head === undefined) {
    place.leave()
    return
  }
  const hasBody = Object.keys(exchange.framing).length > 0
  const isRepeatable = (method === 'GET' || method === 'HEAD') && !hasBody
  let connection: Connection
  let isAnswered = false
  let isOver = false
  let body = noUpload
  const passPart = createPassage(forwarding, place, compression)

  const begin = (next: Connection) => {
    connection = next
    connection.begin(head, taker, method)
    if (!hasBody) return
    // A body is read only once there is a connection for it. What was read for a backend that is away would be lost.
    body = unread(exchange)
    connection.whenOpen(() => {
      if (!isOver) body = upload(exchange, connection, settle)
    })
  }
  /**
   * Ends the exchange once answer and body are complete, and gives the connection and the place back. A connection that
   * carries nothing further does not wait for the rest of the body.
   */
  const settle = () => {
    if (isOver || !isAnswered || (connection.isUsable && !body.isDone)) return
    isOver = true
    body.stop()
    if (hasBody) socket.off('close', leave)
    if (connection.isUsable) idle.put(pool.name, connection)
    else connection.destroy()
    // The next request that waits for a place begins here. It finds the connection idle.
    place.leave()
  }
  /** Ends this try and leaves body and answer to the next one. */
  const letGo = () => {
    isOver = true
    body = noUpload
    if (hasBody) socket.off('close', leave)
    connection.destroy()
    place.leave()
  }
  /** Ends the exchange at once, and the connection with it. */
  const leave = () => {
    if (isOver) return
    isAnswered = true
    connection.destroy()
    settle()
  }
  const taker: Taker = {
    take: (part: AnswerPart) =>
      contain(log, socket, () => {
        if (!passPart(connection, part)) return leave()
        isAnswered = part.isLast
        if (part.isLast) settle()
      }),
    takeOver: () => taker.failed(new Error('the server changed the protocol without being asked')),
    failed: (error: Error) =>
      contain(log, socket, () => {
        // The backend closed an idle connection just when the proxy used it again, so the request was not answered.
        const isIdleOne = connection.isReused && !connection.hasBegun && isRepeatable
        if (isIdleOne && !exchange.hasLeft()) return begin(new Connection(target.where, shared))
        if (!connection.wasOpen && forwarding.unsent !== undefined && !exchange.hasLeft()) {
          letGo()
          return forwarding.unsent(error)
        }
        leave()
        // The backend broke off half-way. The client must not wait, nor take the half for the whole.
        if (exchange.record.answered !== undefined) return exchange.cut()
        return fail(forwarding, error)
      }),
  }
  answer.whenOver(() => {
    if (!answer.isComplete) leave()
    // After an early answer the client may still be sending its body. Only a closed connection tells that it stops.
    else if (!body.isDone) socket.once('close', leave)
  })
  const isKept = forwarding.unsent === undefined || isRepeatable
  begin((isKept ? idle.take(pool.name, target.where) : undefined) ?? new Connection(target.where, shared))
}

/** Returns the header lines that frame the body exactly as the client framed it, so that both ends see one message. */
function framing({ method, framing }: Exchange): string {
  const { 'transfer-encoding': encoding, 'content-length': length } = framing
  if (encoding !== undefined) return `${keepAlive}transfer-encoding: ${encoding}\r\n`
  if (length !== undefined) return `${keepAlive}content-length: ${length}\r\n`
  return method === 'GET' || method === 'HEAD' ? keepAlive : `${keepAlive}content-length: 0\r\n`
}

const keepAlive = 'connection: keep-alive\r\n'
