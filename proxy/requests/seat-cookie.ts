import { cookieHeader, seatCookieName } from '../../seats/cookie.ts'
import type { Access } from '../../seats/route.ts'
import type { RunSecrets } from '../../seats/run-secrets.ts'
import { mintSeat, type Seat, seatMilliseconds } from '../../seats/seat.ts'
import type { Site } from './site.ts'

/** The server that a seat gives access to. */
interface SeatServer {
  path: string
  access: Access
  secrets: RunSecrets
}

/**
 * Returns the `Set-Cookie` values to send before `seatCookie`, so that a browser never holds two cookies of one name.
 * Where an LMS of the same site frames the server, the browser would send the cookie of the frame and that of a tab
 * together. With `__Host-` both may stay.
 */
export function withoutOtherSeat(
  site: Site,
  { path, access }: Pick<SeatServer, 'path' | 'access'>,
  { framed }: Pick<Seat, 'framed'>,
): string[] {
  const name = seatCookieName(access.label, scopeOf(site))
  if (name.startsWith('__Host-') || access.ancestors.length === 0) return []
  const secure = site.scheme === 'https'
  const where = site.hosts === 'own' ? '/' : path
  return [cookieHeader({ name, value: '', path: where, secure, framed: !framed, maxAgeSeconds: 0 })]
}

/** Returns the `Set-Cookie` value by which a browser keeps its seat for the next twelve hours. */
export function seatCookie(site: Site, { path, access, secrets }: SeatServer, seat: Seat): string {
  const scope = scopeOf(site)
  return cookieHeader({
    name: seatCookieName(access.label, scope),
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
