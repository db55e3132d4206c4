/**
 * Hands a request to a backend and its answer back, bytes as they are, with Node's own client.
 * docs/decisions/0002-proxy-engine.md says what to watch for, and why there is no library for it.
 */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Logger } from 'pino'
import { contain } from '../../net/boundary.ts'
import type { Exchange } from '../exchange.ts'
import { cutCrumbs } from '../replies/crumbs.ts'
import { begin, type Forwarding, fail, given, type InFlight, passAnswer } from './forwarding.ts'
import { Crowded, createRooms, type Place } from './rooms.ts'
import { openWebSocket } from './web-socket.ts'

export interface Forwarder {
  send(forwarding: Forwarding): void
  /** Nobody uses the idle connections of this pool again: what is behind them may not be what comes next at its address. */
  leave(pool: string): void
  close(): void
}

export interface ForwarderTestOptions {
  /** How long a WebSocket may take to open. Default: 60 seconds. */
  upgradeTimeoutMilliseconds?: number
}

/** Idle connections to a backend that are kept: a notebook page asks for a hundred files at once. */
const idleConnections = 16

/** Keeps idle connections by pool, so that two runs of servers at one address never share any. */
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
  const rooms = createRooms(log)

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
      const stopWaiting = rooms.ask(
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
    // The backend closed an idle connection just as it was used again: that is no answer.
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
    // An answer that came early leaves a body on its way. Nothing but the connection tells that it will not come.
    else if (!req.complete) req.socket.once('close', leave)
  })
  wire.once('close', () => {
    req.socket.off('close', leave)
    // What the client still sends is read, or it could not ask again, and nobody would see it leave.
    req.unpipe(wire)
    if (!isRepeated) req.resume()
  })
  req.once('error', leave)
  cutCrumbs(req)
  req.pipe(wire)
}

/** The headers with exactly the framing that the client used, so that both ends see the same message. */
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
