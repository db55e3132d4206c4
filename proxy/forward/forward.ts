/**
 * Forwards a request to a backend and its answer back, byte for byte, with Node's own client.
 * docs/decisions/0002-proxy-engine.md says what to watch for, and why no library does it.
 */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { Exchange } from '../exchange.ts'
import { cutCrumbs } from '../replies/crumbs.ts'
import { begin, type Forwarding, fail, given, type InFlight, passAnswer } from './forwarding.ts'
import { Crowded, createPlaces, type Place } from './places.ts'
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

/** How many idle connections to a backend are kept. A notebook page asks for a hundred files at once. */
const idleConnections = 16

/** Keeps idle connections by pool, so that two runs at the same address never share a connection. */
class PoolAgent extends Agent {
  override getName(options?: Parameters<Agent['getName']>[0] & { pool?: string }): string {
    return `${super.getName(options)}:${options?.pool}`
  }
}

export function createForwarder(
  log: Logger,
  { upgradeTimeoutMilliseconds = 60_000 }: ForwarderTestOptions = {},
): Forwarder {
  const agent = new PoolAgent({ keepAlive: true, maxFreeSockets: idleConnections, timeout: 0 })
  const places = createPlaces(log)

  return {
    send(forwarding) {
      const { exchange, pool } = forwarding
      const within: InFlight['within'] =
        (step) =>
        (...args) =>
          contain(log, exchange.req.socket, () => step(...args))
      const enter = within((place: Place | undefined) => {
        if (exchange.hasLeft()) return place?.leave()
        exchange.record.forwarded ??= performance.now()
        if (place === undefined) return fail(forwarding, new Crowded())
        const inFlight = { forwarding, place, within }
        if (exchange.upgrade === undefined) return pass(inFlight, agent, 'first')
        return openWebSocket(inFlight, exchange.upgrade, upgradeTimeoutMilliseconds)
      })
      const stopWaiting = places.waitFor(
        pool,
        exchange.upgrade === undefined ? 'requests' : 'webSockets',
        exchange.client,
        enter,
      )
      if (exchange.upgrade === undefined) exchange.response().once('close', stopWaiting)
    },
    leave(pool) {
      for (const [name, sockets] of Object.entries(agent.freeSockets)) {
        if (name.endsWith(`:${pool}`)) for (const socket of sockets ?? []) socket.destroy()
      }
    },
    close: () => agent.destroy(),
  }
}

function pass(inFlight: InFlight, agent: Agent, attempt: 'first' | 'second'): void {
  const { forwarding, place, within } = inFlight
  const { exchange } = forwarding
  const { req, method } = exchange
  const response = exchange.response()
  const options = { agent, pool: forwarding.pool.name, method, headers: framed(forwarding) }
  const wire = begin(inFlight, options)
  if (wire === undefined) return
  let isRepeated = false

  const broken = (error: Error) => {
    // The backend closed an idle connection just when the proxy used it again, so the request was not answered.
    const isIdleOne = attempt === 'first' && wire.reusedSocket && isRepeatable(exchange)
    if (!isIdleOne || exchange.record.answered !== undefined || exchange.hasLeft()) return fail(forwarding, error)
    isRepeated = true
    return pass(inFlight, agent, 'second')
  }
  wire.on('error', within(broken))
  wire.on(
    'upgrade',
    within((_answer: IncomingMessage, socket) => {
      socket.destroy()
      return broken(new Error('the server changed the protocol without being asked'))
    }),
  )
  wire.on(
    'response',
    within((answer: IncomingMessage) => passAnswer(inFlight, answer)),
  )
  wire.once('close', () => {
    if (!isRepeated) place.leave()
  })
  const leave = () => wire.destroy()
  response.once('close', () => {
    if (!response.writableFinished) leave()
    // After an early answer the client may still be sending its body. Only a closed connection tells that it stops.
    else if (!req.complete) req.socket.once('close', leave)
  })
  wire.once('close', () => {
    req.socket.off('close', leave)
    // Reads the rest of the body. Otherwise the client could send no further request, nor would its leaving be seen.
    req.unpipe(wire)
    if (!isRepeated) req.resume()
  })
  req.once('error', leave)
  cutCrumbs(req)
  req.pipe(wire)
}

/** Returns the headers with exactly the framing that the client used, so that both ends see the same message. */
function framed({ exchange, headers }: Forwarding): OutgoingHttpHeaders {
  const { 'content-length': _length, expect: _expect, ...kept } = given(headers)
  const { 'transfer-encoding': encoding, 'content-length': length } = exchange.framing
  if (encoding !== undefined) return { ...kept, 'transfer-encoding': encoding }
  if (length !== undefined) return { ...kept, 'content-length': length }
  return exchange.method === 'GET' || exchange.method === 'HEAD' ? kept : { ...kept, 'content-length': '0' }
}

function isRepeatable({ method, framing }: Exchange): boolean {
  return (method === 'GET' || method === 'HEAD') && Object.keys(framing).length === 0
}
