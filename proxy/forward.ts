/**
 * Hands a request to a backend and its answer back, bytes as they are. The engine, http-proxy-3, is known in this
 * file only; docs/decisions/0002-proxy-engine.md says what it does well and what is put right here.
 */
import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyServer } from 'http-proxy-3'
import { dataFrameWatch } from './data-frames.ts'
import type { Target } from './target.ts'
import type { Visit } from './visit.ts'

/** One request on its way through. */
export interface Trip {
  visit: Visit
  target: Target
  /** What the backend shall see as path and query, byte for byte. */
  url: string
  /** What the backend shall see as headers, but for those that frame the message. */
  headers: OutgoingHttpHeaders
  /** The head of an answer has come (101 for a WebSocket): the headers that the client shall see. */
  answer(status: number, headers: IncomingMessage['headers']): OutgoingHttpHeaders
  /** The backend could not be reached or broke off before it answered. The client still waits for an answer. */
  failed(error: Error): void
  /** A WebSocket carried data from the client. */
  onData?(): void
}

export interface Forwarder {
  send(trip: Trip): void
  close(): void
}

export interface ForwardOptions {
  /** How long a WebSocket may take to open. */
  upgradeTimeoutMilliseconds?: number
}

/** A trip while the engine has it. */
interface Journey {
  trip: Trip
  wire: ClientRequest | undefined
  broken(error: Error): void
}

/** Idle connections to a backend that are kept: a notebook page asks for a hundred files at once. */
const idleConnections = 16

export function createForwarder({ upgradeTimeoutMilliseconds = 60_000 }: ForwardOptions = {}): Forwarder {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: idleConnections, timeout: 0 })
  // `toProxy` keeps the engine from reading the path as a URL, `selfHandleResponse` from writing the answer.
  const engine = createProxyServer({ toProxy: true, prependPath: false, selfHandleResponse: true })
  const journeys = new WeakMap<IncomingMessage, Journey>()
  const journeyOf = (req: IncomingMessage): Journey => {
    const journey = journeys.get(req)
    if (journey === undefined) throw new Error('a request without a journey')
    return journey
  }

  // A pass of the engine changes the framing of DELETE and OPTIONS, which lets a chunked body through as a second
  // request. So the headers are ours until the last moment. (Passes are told that they are done by returning nothing.)
  engine.before('web', 'stream', (req: IncomingMessage) => {
    req.headers = framed(journeyOf(req).trip)
  })
  engine.on('proxyReq', (wire, req) => {
    const journey = journeyOf(req)
    journey.wire = wire
    // The engine drops a lone `?` at the end of a path.
    wire.path = journey.trip.target.path + journey.trip.url
    // Without this, Node would drop such an answer in silence.
    wire.once('upgrade', (_answer, socket) => {
      socket.destroy()
      journey.broken(new Error('the server changed the protocol without being asked'))
    })
  })
  engine.on('proxyReqWs', (wire, req, socket) => {
    const { trip } = journeyOf(req)
    wire.path = trip.target.path + trip.url
    watchUpgrade(trip, wire, socket, upgradeTimeoutMilliseconds)
  })
  engine.on('proxyRes', (answer, req) => passAnswer(journeyOf(req).trip, answer))
  // Every call below brings a function for errors; what comes here concerns a client that has left.
  engine.on('error', () => {})

  const send = (trip: Trip, mayRepeat: boolean) => {
    const { visit, target } = trip
    const { req, record } = visit
    const journey: Journey = {
      trip,
      wire: undefined,
      broken(error) {
        if (record.answered !== undefined || visit.gone()) return
        // The backend closed an idle connection just as it was used again: that is no answer.
        if (mayRepeat && journey.wire?.reusedSocket && isRepeatable(visit)) return send(trip, false)
        record.answered = performance.now()
        trip.failed(error)
      },
    }
    journeys.set(req, journey)
    record.forwarded ??= performance.now()
    const address = 'socketPath' in target.where ? { ...target.where, host: 'localhost', port: 80 } : target.where
    const options = { target: { ...address, protocol: 'http:' } }
    if (visit.upgrade === undefined) {
      engine.web(req, visit.response(), { ...options, agent }, journey.broken)
    } else {
      req.headers = { ...received(trip.headers), connection: 'Upgrade', upgrade: 'websocket' }
      engine.ws(req, visit.upgrade.socket, visit.upgrade.head, options, journey.broken)
    }
  }

  return { send: (trip) => send(trip, true), close: () => agent.destroy() }
}

/** The headers with exactly the framing that the client used, so that both ends see the same message. */
function framed({ visit, headers }: Trip): IncomingMessage['headers'] {
  const { 'content-length': _length, expect: _expect, ...kept } = received(headers)
  const { 'transfer-encoding': encoding, 'content-length': length } = visit.framing
  if (encoding !== undefined) return { ...kept, 'transfer-encoding': encoding }
  if (length !== undefined) return { ...kept, 'content-length': length }
  return visit.method === 'GET' || visit.method === 'HEAD' ? kept : { ...kept, 'content-length': '0' }
}

function passAnswer(trip: Trip, answer: IncomingMessage): void {
  const { visit } = trip
  const response = visit.response()
  visit.record.answered = performance.now()
  if (response.destroyed || response.headersSent) {
    answer.destroy()
    return
  }
  try {
    const status = answer.statusCode ?? 0
    visit.record.status = status
    response.writeHead(status, answer.statusMessage, trip.answer(status, answer.headers))
  } catch (error) {
    // Node reads some heads that it refuses to write: bytes that a server chose must not end the proxy.
    answer.destroy()
    trip.failed(error instanceof Error ? error : new Error(String(error)))
    return
  }
  // The head goes out at once, also where the first byte of the body takes its time: in the bytes in which it came,
  // for `flushHeaders` would write it as UTF-8.
  response.write('', 'latin1')
  answer.pipe(response)
  response.once('error', () => answer.destroy())
  answer.once('close', () => {
    // The backend broke off half-way: the client must not wait, or take the half for the whole.
    if (!answer.complete) response.destroy()
    // What a client still sends after the answer is read, or it could not ask again on this connection.
    visit.req.resume()
  })
}

/** What the engine leaves open around a WebSocket: headers, clients that leave early, backends that never answer. */
function watchUpgrade(trip: Trip, wire: ClientRequest, socket: Socket, timeoutMilliseconds: number): void {
  const { record } = trip.visit
  const timer = setTimeout(() => wire.destroy(new Error('the server did not answer in time')), timeoutMilliseconds)
  // Nobody reads the client's socket until the backend has answered, so nobody would see it leave.
  const early: Buffer[] = []
  const keep = (chunk: Buffer) => {
    early.push(chunk)
    if (early.reduce((size, one) => size + one.length, 0) > earlyBytes) socket.destroy()
  }
  const leave = () => wire.destroy()
  socket.on('data', keep).on('end', leave).on('close', leave)
  const settle = () => {
    clearTimeout(timer)
    socket.off('data', keep).off('end', leave)
  }

  // These listeners come before the engine's own, which write `headers` as they then are, in the socket's encoding.
  wire.once('upgrade', (answer: IncomingMessage, backend: Socket) => {
    settle()
    socket.setDefaultEncoding('latin1')
    record.answered = performance.now()
    record.status = 101
    answer.headers = { ...received(trip.answer(101, answer.headers)), connection: 'Upgrade', upgrade: 'websocket' }
    socket.pause()
    for (const chunk of early.reverse()) socket.unshift(chunk)
    if (trip.onData !== undefined) socket.on('data', dataFrameWatch(trip.onData))
    socket.on('close', () => backend.destroy())
    backend.on('close', () => socket.destroySoon())
  })
  wire.once('response', (answer: IncomingMessage) => {
    settle()
    socket.setDefaultEncoding('latin1')
    record.answered = performance.now()
    record.status = answer.statusCode ?? 502
    answer.headers = { ...received(trip.answer(record.status, answer.headers)), connection: 'close' }
    answer.on('close', () => socket.destroySoon())
  })
  wire.once('close', settle)
}

const earlyBytes = 64 * 1024

function isRepeatable({ method, framing }: Visit): boolean {
  return (method === 'GET' || method === 'HEAD') && Object.keys(framing).length === 0
}

/** Headers in the form in which Node gives them: strings, and lists only where there are several values. */
function received(headers: OutgoingHttpHeaders): IncomingMessage['headers'] {
  const given: OutgoingHttpHeaders = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value === undefined) continue
    const single = Array.isArray(value) && value.length === 1 ? value[0] : value
    given[name] = typeof single === 'number' ? String(single) : single
  }
  // The type says that only some names may be lists; the engine and Node write any list as several lines.
  return given as IncomingMessage['headers']
}
