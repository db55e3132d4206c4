/** The cookies of hub and proxies: their names, their attributes, and finding them among others. */

/** A browser's cookie header may hold several of one name (planted ones, other paths); more are not looked at. */
const triedAtMost = 8

/** Where the public scheme is https, a name that no neighbouring host, script or unencrypted page can set. */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-Http-carrel' : 'carrel'
}

/** Of the nonce of a first visit, which the launch page's script sets. */
export function nonceCookieName(secure: boolean): string {
  return secure ? '__Host-carrel-first' : 'carrel-first'
}

export function lastUserCookieName(secure: boolean): string {
  return secure ? '__Host-Http-seat-last-user' : 'seat-last-user'
}

/** Where seat cookies live: it decides their name and path. */
export interface SeatCookieScope {
  /** Each server has a host of its own. */
  ownHost: boolean
  /** The public scheme is https. */
  secure: boolean
}

/**
 * On a host that servers share each has a name of its own, because the paths of servers nest and a browser sends the
 * cookies of all of them. `__Http-` makes browsers refuse one that a script or an unencrypted page sets, `__Host-`
 * also one from a neighbouring host.
 */
export function seatCookieName(label: string, { ownHost, secure }: SeatCookieScope): string {
  if (ownHost) return secure ? '__Host-Http-seat' : 'seat'
  return `${secure ? '__Http-' : ''}seat-${label}`
}

export interface OwnCookie {
  name: string
  value: string
  /** Of a seat its server's, or `/` on a host of its own. */
  path: string
  /** Whether the public scheme is https. */
  secure: boolean
  framed: boolean
  maxAgeSeconds: number
}

/** In a frame a cookie needs `None; Secure; Partitioned`; at top level `None` would ride on foreign form POSTs. */
export function cookieHeader({ name, value, path, secure, framed, maxAgeSeconds }: OwnCookie): string {
  const site = framed ? 'SameSite=None; Secure; Partitioned' : secure ? 'SameSite=Lax; Secure' : 'SameSite=Lax'
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; ${site}`
}

/**
 * The values of one of our names that may count, or `ambiguous`. Only with `__Host-` may several stand side by side: one of a
 * frame and one of a tab. Without it a neighbouring host, a script or another path may have planted one, and nothing tells
 * which, so none of them counts.
 */
export function countedValues(header: string | undefined, name: string): string[] | 'ambiguous' {
  const values = cookieValues(header, name)
  return values.length > 1 && !name.startsWith('__Host-') ? 'ambiguous' : values
}

/** All values of that name, first ones first, at most 8. */
export function cookieValues(header: string | undefined, name: string): string[] {
  const values: string[] = []
  if (header === undefined) return values
  const start = `${name}=`
  for (let at = header.indexOf(start); at >= 0 && values.length < triedAtMost; at = header.indexOf(start, at + 1)) {
    if (!beginsPair(header, at)) continue
    const end = header.indexOf(';', at)
    values.push(header.slice(at + start.length, end < 0 ? undefined : end).trim())
  }
  return values
}

/** Only spaces are between this place and the last `;`, or the start. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (header[before] === ' ' || header[before] === '\t')) before -= 1
  return before < 0 || header[before] === ';'
}

/** Whether a cookie of this name belongs to hub or proxy, so that no server may see or set it. */
export function isOurCookie(name: string): boolean {
  return /^(__(host|secure|http|host-http)-)?(carrel|seat)(-.*)?$/i.test(name.trim())
}
