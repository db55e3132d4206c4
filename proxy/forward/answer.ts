/** Passes a backend's answer on to the client. */
import { headersOf } from '../http/headers.ts'
import { isBehind } from './behind.ts'
import type { AnswerPart, Connection } from './connection.ts'
import { type Forwarding, fail } from './forwarding.ts'
import { Crowded, type Place } from './places.ts'
import type { ResponseHead } from './response-parser.ts'

/** Passes on one part after the other. Returns whether the exchange goes on, or is over because of a fault. */
export function passPart(forwarding: Forwarding, place: Place, connection: Connection, part: AnswerPart): boolean {
  let isPassed = false
  try {
    isPassed = pass(forwarding, place, connection, part)
  } finally {
    if (!isPassed) part.release?.()
  }
  return isPassed
}

function pass(
  forwarding: Forwarding,
  place: Place,
  connection: Connection,
  { head, body, isLast, release }: AnswerPart,
): boolean {
  const { exchange } = forwarding
  const { answer, socket } = exchange
  if (head !== undefined) {
    if (exchange.hasLeft() || answer.hasBegun) return false
    const problem = openAnswer(forwarding, place, head)
    if (problem !== undefined) {
      fail(forwarding, problem)
      return false
    }
    exchange.record.answered = performance.now()
    exchange.record.status = head.status
  }
  if (isLast) {
    answer.end(body, release)
    return true
  }
  const isTaken = body === undefined ? answer.flush() : answer.write(body, release)
  if (!isBehind(isTaken, socket)) return true
  connection.hold()
  answer.whenDrained(() => connection.goOn())
  return true
}

function openAnswer(forwarding: Forwarding, place: Place, head: ResponseHead): Error | undefined {
  const { status, statusText } = head
  // A load balancer in front would take such an answer for the end of HTTP, and check nothing that follows.
  if (status < 200) return new Error('the server changed the protocol without saying so')
  const headers = headersOf(head.headers)
  const isStream = /^\s*text\/event-stream\b/i.test(headers['content-type'] ?? '')
  if (isStream && !place.become('streams')) return new Crowded()
  try {
    // Node reads heads that it refuses to write.
    forwarding.exchange.answer.begin(status, statusText, forwarding.headersFor(status, headers))
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
