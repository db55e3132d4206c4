/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/, version 00): the header `traceparent` carries one id through
 * all programs that work for a request, so that their lines in logs can be found together.
 */

import { AsyncLocalStorage } from 'node:async_hooks'

/** The trace of one request, as the process that serves the request goes on with it. */
export interface Trace {
  /** 32 hexadecimal digits. */
  id: string
  /** The `traceparent` of the requests that this one causes. */
  traceparent: string
  /** Whether the sender began the trace. Otherwise a `tracestate` that it sent belongs to no trace, and is dropped. */
  isContinued: boolean
}

/**
 * Returns the trace that a request's `traceparent` names, or a new one where the header is absent or not well formed. A
 * new trace is named after the request's id, which is a UUID.
 */
export function traceOf(given: unknown, requestId: string): Trace {
  const own = requestId.replaceAll('-', '')
  const isContinued = typeof given === 'string' && isTraceparent(given)
  const id = isContinued ? given.slice(3, 35) : own
  return { id, traceparent: `00-${id}-${own.slice(16)}-${isContinued ? flagsOf(given) : recorded}`, isContinued }
}

/** The flag of a trace of which somebody keeps a record: our logs do. */
const recorded = '01'

/** Returns the flags of a `traceparent` without those that no standard has given a meaning. */
function flagsOf(traceparent: string): string {
  return `0${Number.parseInt(traceparent.slice(53), 16) & 3}`
}

/** Whether the text is `00-<trace id>-<parent id>-<flags>`, with lower-case digits and ids that are not zero. */
function isTraceparent(text: string): boolean {
  return (
    text.length === 55 &&
    text.startsWith('00-') &&
    isHex(text, 3, 35) &&
    text[35] === '-' &&
    isHex(text, 36, 52) &&
    text[52] === '-' &&
    isHex(text, 53, 55) &&
    !text.startsWith(noTrace, 3) &&
    !text.startsWith(noParent, 36)
  )
}

const noTrace = '0'.repeat(32)
const noParent = '0'.repeat(16)

function isHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at)
    const isDigit = code >= 48 && code <= 57
    if (!isDigit && !(code >= 97 && code <= 102)) return false
  }
  return true
}

const present = new AsyncLocalStorage<string | undefined>()

/** Calls `act`, whose requests go on with this trace. Without a trace, they go on with none. */
export function withTrace<T>(traceparent: string | undefined, act: () => T): T {
  return present.run(traceparent, act)
}

/** Returns the `traceparent` of the request that this process is working for. Undefined for work of its own. */
export function presentTraceparent(): string | undefined {
  return present.getStore()
}

/** Returns the headers by which a request to another program goes on with the present trace. */
export function traceHeaders(): { traceparent?: string } {
  const traceparent = presentTraceparent()
  return traceparent === undefined ? {} : { traceparent }
}
