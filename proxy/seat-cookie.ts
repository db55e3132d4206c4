import { seatCookieHeader, seatCookieName } from '../seats/cookie.ts'
import type { Admit } from '../seats/route.ts'
import type { RunSecrets } from '../seats/run-secrets.ts'
import { mintSeat, type Seat, seatMilliseconds } from '../seats/seat.ts'
import type { Site } from './site.ts'

/** The `Set-Cookie` by which a browser keeps its seat for the next twelve hours. `path` is the server's. */
export function seatCookie(site: Site, path: string, admit: Admit, { seatKey }: RunSecrets, seat: Seat): string {
  const scope = { ownHost: site.hosts === 'own', secure: site.scheme === 'https' }
  return seatCookieHeader({
    name: seatCookieName(admit.label, scope),
    value: mintSeat(seatKey, admit.kid, seat),
    path: scope.ownHost ? '/' : path,
    secure: scope.secure,
    framed: seat.framed,
    maxAgeSeconds: seatMilliseconds / 1000,
  })
}
