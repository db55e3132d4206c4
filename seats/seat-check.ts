import { countedValues, type SeatCookieScope, seatCookieName } from './cookie.ts'
import type { Access } from './route.ts'
import type { RunSecrets } from './run-secrets.ts'
import { openSeat, type Seat, seatProblem } from './seat.ts'

/** The state of the seat in a request's cookies; the best where several may stand side by side (`countedValues`). */
export type SeatCheck =
  | { state: 'valid'; seat: Seat }
  | { state: 'missing' | 'ambiguous' | 'invalid' | 'expired' | 'ended' }

/** Checks the seat in a request's cookies. An `access` object is never changed, only replaced by another object. */
export type CheckSeat = (cookies: string | undefined, access: Access, secrets: RunSecrets, now: number) => SeatCheck

/**
 * Returns a check that remembers with each `access` the cookies that it lets in. So a page's hundred requests cost one
 * verification, and the next write of the route, which may end a seat, forgets the cookies. Forged cookies are not
 * remembered, so they cannot push the others out.
 */
export function seatChecker(scope: SeatCookieScope, rememberedEach = 1000): CheckSeat {
  const letIn = new WeakMap<Access, Map<string, Seat>>()

  const verify = (value: string, access: Access, secrets: RunSecrets, now: number) => {
    const seat = openSeat(secrets.seatKey, value)
    if (seat === undefined) return 'invalid'
    const problem = seatProblem(seat, access, now)
    if (problem !== undefined) return problem
    const seats = letIn.get(access) ?? new Map<string, Seat>()
    if (seats.size >= rememberedEach) seats.clear()
    letIn.set(access, seats.set(value, seat))
    return seat
  }

  return (cookies, access, secrets, now) => {
    const values = countedValues(cookies, seatCookieName(access.label, scope))
    if (values === 'ambiguous') return { state: 'ambiguous' }
    const known = letIn.get(access)
    let state: Exclude<SeatCheck['state'], 'valid'> = 'missing'
    for (const value of values) {
      const seat = known?.get(value)
      const found = seat !== undefined && seat.expires > now ? seat : verify(value, access, secrets, now)
      if (typeof found !== 'string') return { state: 'valid', seat: found }
      if (state === 'missing' || state === 'invalid') state = found
    }
    return { state }
  }
}
