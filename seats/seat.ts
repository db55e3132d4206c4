import { z } from 'zod'
import type { SigningKey } from './keys.ts'
import type { Access } from './route.ts'
import { onlyKey, opened, type SignedKind, sealed } from './signed.ts'

/** The right of one browser to one run of one server. Times are milliseconds since 1970. */
export interface Seat {
  id: string
  server: string
  run: number
  user: string
  /** Whether the seat was taken inside a frame, where its cookies need `SameSite=None; Partitioned`. */
  framed: boolean
  /** By the database's clock. A renewed cookie keeps the time, so that `since` ends the renewed seat too. */
  issued: number
  expires: number
}

export const seatMilliseconds = 12 * 60 * 60 * 1000

const text = z.string()

/**
 * The seat in a cookie: server, run, id, user, framed, issued, expires. A list is short, and each request carries the
 * cookie.
 */
export const seatKind = {
  purpose: 'seat',
  payload: z.tuple([text, z.int(), text, text, z.boolean(), z.number(), z.number()]),
} satisfies SignedKind<unknown>

/** Returns the cookie's value for a seat. `key` is the run's seat key. */
export function mintSeat(key: SigningKey, { server, run, id, user, framed, issued, expires }: Seat): string {
  return sealed(seatKind, key, [server, run, id, user, framed, issued, expires])
}

/** Returns the seat in a cookie's value if this key signed it. `seatProblem` tells whether the seat still counts. */
export function openSeat(key: SigningKey, value: string): Seat | undefined {
  const payload = opened(seatKind, onlyKey(key), value)
  if (payload === undefined) return undefined
  const [server, run, id, user, framed, issued, expires] = payload
  return { server, run, id, user, framed, issued, expires }
}

/** Returns why a genuine seat gives no access to this run, or no longer. */
export function seatProblem(seat: Seat, access: Access, now: number): 'expired' | 'ended' | undefined {
  if (seat.server !== access.server || seat.run !== access.run) return 'ended'
  if (seat.user !== access.user && !access.guests.includes(seat.user)) return 'ended'
  // When the owner signs out everywhere, only the owner's seats end. Guests have seats of their own.
  if (seat.user === access.user && seat.issued < access.since) return 'ended'
  if (access.ended.includes(seat.id)) return 'ended'
  return seat.expires <= now ? 'expired' : undefined
}
