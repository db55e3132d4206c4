import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Admit } from './route.ts'

/** The right of one browser to one run of one server. Times are milliseconds since 1970. */
export interface Seat {
  id: string
  server: string
  run: number
  user: string
  /** It was taken inside a frame, so its cookies need `SameSite=None; Partitioned`. */
  framed: boolean
  /** By the database's clock. It stays when the cookie is renewed: `since` ends the renewed seat too. */
  issued: number
  expires: number
}

export const seatMilliseconds = 12 * 60 * 60 * 1000

/** `v1.<kid>.<payload>.<hmac>`: what the browser keeps. `key` is the run's seat key. */
export function mintSeat(key: Buffer, kid: string, seat: Seat): string {
  const { server, run, id, user, framed, issued, expires } = seat
  const payload = Buffer.from(JSON.stringify([server, run, id, user, framed, issued, expires])).toString('base64url')
  const signed = `v1.${kid}.${payload}`
  return `${signed}.${sign(key, signed).toString('base64url')}`
}

/** The seat in a cookie's value, if this key signed it. Whether it still counts is another question: `seatProblem`. */
export function openSeat(key: Buffer, kid: string, value: string): Seat | undefined {
  const end = value.lastIndexOf('.')
  const signed = value.slice(0, end)
  const start = `v1.${kid}.`
  if (end < 0 || !signed.startsWith(start) || !isSignature(key, signed, value.slice(end + 1))) return undefined
  // Only what a holder of the key wrote gets here, so its shape is known.
  const payload = Buffer.from(signed.slice(start.length), 'base64url').toString()
  const [server, run, id, user, framed, issued, expires] = JSON.parse(payload) as [
    string,
    number,
    string,
    string,
    boolean,
    number,
    number,
  ]
  return { server, run, id, user, framed, issued, expires }
}

/** Why a genuine seat does not (or no longer) admit to this run. */
export function seatProblem(seat: Seat, admit: Admit, now: number): 'expired' | 'ended' | undefined {
  if (seat.server !== admit.server || seat.run !== admit.run) return 'ended'
  if (seat.user !== admit.user && !admit.guests.includes(seat.user)) return 'ended'
  // What the owner signs out of everywhere is the owner's own; guests have seats of their own.
  if (seat.user === admit.user && seat.issued < admit.since) return 'ended'
  if (admit.gone.includes(seat.id)) return 'ended'
  return seat.expires <= now ? 'expired' : undefined
}

/** HMAC-SHA256 over a text whose first word says what is signed, so no signature serves twice. */
export function sign(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

export function isSignature(key: Buffer, text: string, signature: string): boolean {
  const given = Buffer.from(signature, 'base64url')
  const right = sign(key, text)
  // The text is compared too: base64url has several spellings of one value.
  return given.length === right.length && timingSafeEqual(given, right) && right.toString('base64url') === signature
}
