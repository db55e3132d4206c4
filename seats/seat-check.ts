import { cookieValues, type SeatCookieScope, seatCookieName } from './cookie.ts'
import type { Admit } from './route.ts'
import type { RunSecrets } from './run-secrets.ts'
import { openSeat, type Seat, seatProblem } from './seat.ts'

/** What a request's cookies say about one run. Of several cookies the best one counts. */
export type SeatCheck = { state: 'valid'; seat: Seat } | { state: 'missing' | 'invalid' | 'expired' | 'ended' }

export type CheckSeat = (cookies: string | undefined, admit: Admit, secrets: RunSecrets, now: number) => SeatCheck

/**
 * Genuine cookies are remembered, so a page's hundred requests cost one
 * verification; forged ones are not, so nobody can push the others out.
 */
export function seatChecker(scope: SeatCookieScope, remembered = 10_000): CheckSeat {
  const genuine = new Map<string, Seat>()

  const open = (value: string, admit: Admit, secrets: RunSecrets): Seat | undefined => {
    const name = `${admit.server} ${admit.run} ${value}`
    const seat = genuine.get(name) ?? openSeat(secrets.seatKey, admit.kid, value)
    if (seat === undefined) return undefined
    // A Map keeps the order of insertion: what was used last goes to the end, what is oldest goes first.
    genuine.delete(name)
    genuine.set(name, seat)
    const [oldest] = genuine.keys()
    if (genuine.size > remembered && oldest !== undefined) genuine.delete(oldest)
    return seat
  }

  return (cookies, admit, secrets, now) => {
    let state: Exclude<SeatCheck['state'], 'valid'> = 'missing'
    for (const value of cookieValues(cookies, seatCookieName(admit.label, scope))) {
      const seat = open(value, admit, secrets)
      const problem = seat === undefined ? 'invalid' : seatProblem(seat, admit, now)
      if (seat !== undefined && problem === undefined) return { state: 'valid', seat }
      if (problem !== undefined && (state === 'missing' || state === 'invalid')) state = problem
    }
    return { state }
  }
}
