/** A request on its way to a backend. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Target } from '../../net/endpoint.ts'
import { say } from '../../words/text.ts'
import type { Exchange } from '../exchange.ts'
import { type Fault, replyFault } from '../replies/reply.ts'
import type { Pool } from './places.ts'
import { requestHead } from './request-head.ts'

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
  headersFor(status: number, headers: IncomingHttpHeaders): OutgoingHttpHeaders
  /**
   * Called when the backend could not be reached, broke off before it answered, or answered with a head that cannot be
   * passed on. `Crowded` means that the backend was not asked, or that it began a stream and no place for streams was
   * left. The client still waits for an answer.
   */
  failed(error: Error): void | Promise<void>
  /**
   * Called in place of `failed` when the backend did not take the connection, so that it has seen nothing of the request.
   * The request may be sent again. Not for WebSockets. A backend with this function gets no request over an idle
   * connection that could not be sent twice: it may have closed that connection just then.
   */
  unsent?: ((error: Error) => void | Promise<void>) | undefined
  /** Whether the answer may be compressed on its way to the client. */
  isCompressed?: boolean
  /** Calls a function when the request may be sent, once it has its place. Default: at once. */
  turn?: ((go: () => void) => void) | undefined
  /** Called when a WebSocket has carried data from the client. */
  onData?(): void
}

/**
 * Returns the head of the request to the backend, in which `lines` say how the message is framed. Undefined, with the
 * client answered, where the head cannot be written.
 */
export function headFor(
  { exchange, target, url, headers }: Forwarding,
  method: string,
  lines: string,
): string | undefined {
  try {
    return requestHead(method, target.path + url, headers, lines)
  } catch (error) {
    replyFault(exchange, { ...unwritable, message: `${unwritable.message} (${(error as Error).message})` })
    return undefined
  }
}

const unwritable: Fault = {
  status: 400,
  code: 'header_unclear',
  title: say`This request cannot be understood`,
  message: say`A header has characters that headers do not have.`,
}

/** Calls `failed` once, unless an answer is under way or the client has left. */
export function fail(forwarding: Forwarding, error: Error): void | Promise<void> {
  const { record } = forwarding.exchange
  if (record.answered !== undefined || forwarding.exchange.hasLeft()) return undefined
  record.answered = performance.now()
  return forwarding.failed(error)
}
