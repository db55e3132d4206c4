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

/** What is remembered with an `access`. */
interface LetIn {
  cookieName: string
  /** Seats by the cookie's value. */
  seats: Map<string, Seat>
  /** Seats by all cookies of a request, which are the same with each request of a page. */
  requests: Map<string, Seat>
}

/** Longer texts of cookies, and more of them, are read anew each time. A learner can make any number of them. */
const [cookiesAtMost, requestsAtMost] = [2048, 50]

/**
 * Returns a check that remembers with each `access` the cookies that it lets in. So a page's hundred requests cost one
 * verification, and the next write of the route, which may end a seat, forgets the cookies. Forged cookies are not
 * remembered, so they cannot push the others out.
 */
export function seatChecker(scope: SeatCookieScope, rememberedEach = 1000): CheckSeat {
  const letIn = new WeakMap<Access, LetIn>()

  const letInBy = (access: Access): LetIn => {
    const known = letIn.get(access)
    if (known !== undefined) return known
    const made = { cookieName: seatCookieName(access.label, scope), seats: new Map(), requests: new Map() }
    letIn.set(access, made)
    return made
  }
  const remember = (seats: Map<string, Seat>, text: string, seat: Seat, most: number) => {
    if (seats.size >= most) seats.clear()
    seats.set(text, seat)
  }
  const verify = (value: string, access: Access, secrets: RunSecrets, now: number) => {
    const seat = openSeat(secrets.seatKey, value)
    if (seat === undefined) return 'invalid'
    const problem = seatProblem(seat, access, now)
    if (problem !== undefined) return problem
    remember(letInBy(access).seats, value, seat, rememberedEach)
    return seat
  }

  return (cookies, access, secrets, now) => {
    const { cookieName, seats, requests } = letInBy(access)
    const before = cookies === undefined ? undefined : requests.get(cookies)
    if (before !== undefined && before.expires > now) return { state: 'valid', seat: before }
    const values = countedValues(cookies, cookieName)
    if (values === 'ambiguous') return { state: 'ambiguous' }
    let state: Exclude<SeatCheck['state'], 'valid'> = 'missing'
    for (const value of values) {
      const seat = seats.get(value)
      const found = seat !== undefined && seat.expires > now ? seat : verify(value, access, secrets, now)
      if (typeof found !== 'string') {
        if (cookies !== undefined && cookies.length <= cookiesAtMost) {
          remember(requests, cookies, found, Math.min(rememberedEach, requestsAtMost))
        }
        return { state: 'valid', seat: found }
      }
      if (state === 'missing' || state === 'invalid') state = found
    }
    return { state }
  }
}
