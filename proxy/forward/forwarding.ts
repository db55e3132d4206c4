/** One request on its way to a backend, and what is the same for all of them: the beginning, the answer, the failure. */
import { type Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Target } from '../../net/endpoint.ts'
import type { Exchange } from '../exchange.ts'
import { limits } from '../limits.ts'
import { type Fault, replyFault } from '../replies/reply.ts'
import { Crowded, type Place, type Pool } from './rooms.ts'

export interface Forwarding {
  exchange: Exchange
  target: Target
  /** Whose connections are counted together, and used again for each other. */
  pool: Pool
  /** What the backend shall see as path and query, byte for byte. */
  url: string
  /** What the backend shall see as headers, but for those that frame the message. */
  headers: OutgoingHttpHeaders
  /** The head of an answer has come (101 for a WebSocket): the headers that the client shall see. */
  answer(status: number, headers: IncomingMessage['headers']): OutgoingHttpHeaders
  /**
   * The backend could not be reached, broke off before it answered, or answered with a head that nobody can pass on;
   * `Crowded`: it was not asked. The client still waits for an answer.
   */
  failed(error: Error): void | Promise<void>
  /** A WebSocket carried data from the client. */
  onData?(): void
}

/** A forwarding that has its place at the backend. */
export interface InFlight {
  forwarding: Forwarding
  place: Place
  /** Makes a listener whose failure ends this exchange and nothing else. */
  within<Args extends unknown[]>(step: (...args: Args) => unknown): (...args: Args) => void
}

/** Begins to ask the backend; `undefined` where Node refuses to write a head that it has read from the client. */
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
    // Once only: the rest of what was read still comes, and an error for each of thousands would cost much.
    if (interim === limits.interimAnswers + 1)
      wire.destroy(new Error('the server says for ever that it is about to answer'))
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

/** Passes on what is a whole answer, also to a request for a WebSocket. */
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
  // The head goes out at once, also where the first byte of the body takes its time: in the bytes in which it came,
  // for `flushHeaders` would write it as UTF-8.
  response.write('', 'latin1')
  answer.pipe(response)
  answer.once(
    'close',
    within(() => {
      // The backend broke off half-way: the client must not wait, or take the half for the whole.
      if (!answer.complete) response.destroy()
      // What a client still sends after the answer is read, or it could not ask again on this connection.
      exchange.req.resume()
    }),
  )

  function openAnswer(): Error | undefined {
    // To a front it would mean that this connection is HTTP no more, and what comes next on it nobody's to look at.
    if (status < 200) return new Error('the server changed the protocol without saying so')
    const isStream = /^\s*text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
    if (isStream && !place.become('streams')) return new Crowded()
    try {
      // Node reads heads that it refuses to write.
      response.writeHead(status, answer.statusMessage, forwarding.answer(status, answer.headers))
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** Headers as Node's client takes them. */
export function given(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {}
  for (const name of Object.keys(headers)) if (headers[name] !== undefined) kept[name] = headers[name]
  return kept
}
