/** Passes a backend's answer on to the client. */
import { headersOf } from '../http/headers.ts'
import { isBehind } from './behind.ts'
import type { Compression } from './compress/compression.ts'
import type { Compressor } from './compress/compressor.ts'
import type { AnswerPart, Connection } from './connection.ts'
import { type Forwarding, fail } from './forwarding.ts'
import { Crowded, type Place } from './places.ts'
import type { ResponseHead } from './response-parser.ts'

/** Passes on one part after the other. Returns whether the exchange goes on, or is over because of a fault. */
export type PassPart = (connection: Connection, part: AnswerPart) => boolean

/** Returns what passes on the parts of one answer, compressed where that is possible and allowed. */
export function createPassage(forwarding: Forwarding, place: Place, compression?: Compression): PassPart {
  const { exchange } = forwarding
  const { answer, socket } = exchange
  let compressor: Compressor | undefined

  const pass: PassPart = (connection, { head, body, isLast, release }) => {
    if (head !== undefined) {
      if (exchange.hasLeft() || answer.hasBegun) return false
      const length = isLast ? (body?.length ?? 0) : head.length
      const opened = openAnswer(forwarding, place, compression, head, length)
      if (opened instanceof Error) {
        fail(forwarding, opened)
        return false
      }
      compressor = opened.compressor
      exchange.record.answered = performance.now()
      exchange.record.status = head.status
    }
    if (isLast) {
      if (compressor === undefined) answer.end(body, release)
      else compressor.end(body, () => release?.())
      return true
    }
    if (compressor !== undefined && body !== undefined) {
      connection.hold()
      compressor.write(body, () => {
        release?.()
        connection.goOn()
      })
      return true
    }
    const isTaken = body === undefined ? answer.flush() : answer.write(body, release)
    if (!isBehind(isTaken, socket)) return true
    connection.hold()
    answer.whenDrained(() => connection.goOn())
    return true
  }

  return (connection, part) => {
    let isPassed = false
    try {
      isPassed = pass(connection, part)
    } finally {
      if (!isPassed) part.release?.()
    }
    return isPassed
  }
}

function openAnswer(
  forwarding: Forwarding,
  place: Place,
  compression: Compression | undefined,
  { status, statusText, headers: raw }: ResponseHead,
  length: number | undefined,
): { compressor: Compressor | undefined } | Error {
  // A load balancer in front would take such an answer for the end of HTTP, and check nothing that follows.
  if (status < 200) return new Error('the server changed the protocol without saying so')
  const { exchange, pool, isCompressed } = forwarding
  const headers = headersOf(raw)
  const isStream = /^\s*text\/event-stream\b/i.test(headers['content-type'] ?? '')
  if (isStream && !place.become('streams')) return new Crowded()
  try {
    const plain = forwarding.headersFor(status, headers)
    const outgoing =
      compression !== undefined && isCompressed === true
        ? compression.prepare(exchange, pool.name, { status, headers, length }, plain)
        : { headers: plain, compressor: undefined }
    // Node reads heads that it refuses to write.
    exchange.answer.begin(status, statusText, outgoing.headers)
    return outgoing
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
