/** A request on its way to a backend, and the steps that plain requests and WebSockets share. */
import { type Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Target } from '../../net/endpoint.ts'
import type { Exchange } from '../exchange.ts'
import { limits } from '../limits.ts'
import { type Fault, replyFault } from '../replies/reply.ts'
import { Crowded, type Place, type Pool } from './places.ts'

export interface Forwarding {
  exchange: Exchange
  target: Target
  /** The pool whose connections are counted together and shared. */
  pool: Pool
  /** The path and query that the backend shall see after the target's own path, byte for byte. */
  url: string
  /** The headers that the backend shall see, except those that frame the message. */
  headers: OutgoingHttpHeaders
  /** Returns the headers that the client shall see, once the head of an answer has come (101 for a WebSocket). */
  headersFor(status: number, headers: IncomingMessage['headers']): OutgoingHttpHeaders
  /**
   * Called when the backend could not be reached, broke off before it answered, or answered with a head that cannot be
   * passed on. `Crowded` means that the backend was not asked, or that it began a stream and no place for streams was
   * left. The client still waits for an answer.
   */
  failed(error: Error): void | Promise<void>
  /** Called when a WebSocket has carried data from the client. */
  onData?(): void
}

/** A forwarding with its place at the backend. */
export interface InFlight {
  forwarding: Forwarding
  place: Place
  /** Wraps a listener so that its failure ends this exchange and nothing else. */
  within<Args extends unknown[]>(step: (...args: Args) => unknown): (...args: Args) => void
}

/** Begins the request to the backend. Undefined where Node refuses to write a head that it has read from the client. */
export function begin(
  { forwarding, place, within }: InFlight,
  options: { agent: Agent | false; method: string; headers: OutgoingHttpHeaders },
): ClientRequest | undefined {
  const { exchange, target, url } = forwarding
  let wire: ClientRequest
  try {
    wire = request({ ...target.where, ...options, path: target.path + url })
  } catch (error) {
    place.leave()
    replyFault(exchange, { ...unwritable, message: `${unwritable.message} (${(error as Error).message})` })
    return undefined
  }
  let interim = 0
  const count = () => {
    interim += 1
    // Destroys only once: interim answers that were already read still come, and thousands of errors would cost much.
    if (interim === limits.interimAnswers + 1)
      wire.destroy(new Error('the server sends one interim answer after the other'))
  }
  wire.on('information', within(count))
  return wire
}

const unwritable: Fault = {
  status: 400,
  code: 'header_unclear',
  title: 'This request cannot be understood',
  message: 'A header has characters that headers do not have.',
}

/** Calls `failed` once, unless an answer is under way or the client has left. */
export function fail(forwarding: Forwarding, error: Error): void | Promise<void> {
  const { record } = forwarding.exchange
  if (record.answered !== undefined || forwarding.exchange.hasLeft()) return undefined
  record.answered = performance.now()
  return forwarding.failed(error)
}

/** Passes a backend's complete HTTP answer on to the client, also as the answer to a request for a WebSocket. */
export function passAnswer({ forwarding, place, within }: InFlight, answer: IncomingMessage): void | Promise<void> {
  const { exchange } = forwarding
  const response = exchange.response()
  answer.on('error', () => answer.destroy())
  if (exchange.hasLeft() || response.headersSent) {
    answer.destroy()
    return undefined
  }
  const status = answer.statusCode ?? 0
  const problem = openAnswer()
  if (problem !== undefined) {
    answer.destroy()
    return fail(forwarding, problem)
  }
  exchange.record.answered = performance.now()
  exchange.record.status = status
  // Sends the head at once, also where the first byte of the body comes late. `flushHeaders` would write the head as
  // UTF-8; latin1 keeps its bytes as they came.
  response.write('', 'latin1')
  answer.pipe(response)
  answer.once(
    'close',
    within(() => {
      // The backend broke off half-way. The client must not wait, nor take the half for the whole.
      if (!answer.complete) response.destroy()
      // Reads the rest of the client's body. Otherwise the client could send no further request on this connection.
      exchange.req.resume()
    }),
  )

  function openAnswer(): Error | undefined {
    // A load balancer in front would take such an answer for the end of HTTP, and check nothing that follows.
    if (status < 200) return new Error('the server changed the protocol without saying so')
    const isStream = /^\s*text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
    if (isStream && !place.become('streams')) return new Crowded()
    try {
      // Node reads heads that it refuses to write.
      response.writeHead(status, answer.statusMessage, forwarding.headersFor(status, answer.headers))
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** Returns the headers without undefined values, which Node's client refuses. */
export function given(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {}
  for (const name of Object.keys(headers)) if (headers[name] !== undefined) kept[name] = headers[name]
  return kept
}
