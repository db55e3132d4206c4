import { cookieHeader, seatCookieName } from '../../seats/cookie.ts'
import type { Admit } from '../../seats/route.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import { mintSeat, type Seat, seatMilliseconds } from '../../seats/seat.ts'
import type { Site } from './site.ts'

/** The server that a seat is at. */
interface SeatServer {
  path: string
  admit: Admit
  secrets: RunSecrets
}

/**
 * What goes before `seatCookie`, so that a browser never has two of one name: where an LMS of the same site frames the
 * server, the cookie of the frame and that of a tab come together. With `__Host-` both may stay.
 */
export function withoutOtherSeat(
  site: Site,
  { path, admit }: Pick<SeatServer, 'path' | 'admit'>,
  { framed }: Pick<Seat, 'framed'>,
): string[] {
  const name = seatCookieName(admit.label, scopeOf(site))
  if (name.startsWith('__Host-') || admit.ancestors.length === 0) return []
  const secure = site.scheme === 'https'
  const where = site.hosts === 'own' ? '/' : path
  return [cookieHeader({ name, value: '', path: where, secure, framed: !framed, maxAgeSeconds: 0 })]
}

/** The `Set-Cookie` by which a browser keeps its seat for the next twelve hours. */
export function seatCookie(site: Site, { path, admit, secrets }: SeatServer, seat: Seat): string {
  const scope = scopeOf(site)
  return cookieHeader({
    name: seatCookieName(admit.label, scope),
    value: mintSeat(secrets.seatKey, seat),
    path: scope.ownHost ? '/' : path,
    secure: scope.secure,
    framed: seat.framed,
    maxAgeSeconds: seatMilliseconds / 1000,
  })
}

function scopeOf(site: Site) {
  return { ownHost: site.hosts === 'own', secure: site.scheme === 'https' }
}
