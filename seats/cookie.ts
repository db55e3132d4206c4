/** The cookies of hub and proxies: their names, their attributes, and how to find them among others. */

/** How many cookies of one name are read. A header may hold several: planted ones, or those of other paths. */
const triedAtMost = 8

/** Returns the session cookie's name; with https one that no neighbouring host, script or unencrypted page can set. */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-Http-carrel' : 'carrel'
}

/** Returns the name of the cookie for the nonce of a first visit, which the launch page's script sets. */
export function nonceCookieName(secure: boolean): string {
  return secure ? '__Host-carrel-first' : 'carrel-first'
}

/** Returns the name of the cookie that keeps the sign-in page from going on to a provider by itself. */
export function automaticCookieName(secure: boolean): string {
  return secure ? '__Host-Http-carrel-automatic' : 'carrel-automatic'
}

/** Returns the name of the cookie for the last user. Frames have one of their own. */
export function lastUserCookieName(secure: boolean, framed: boolean): string {
  return `${secure ? '__Host-Http-' : ''}seat-last-user${framed ? '-framed' : ''}`
}

/** Where seat cookies live, which decides their name and path. */
export interface SeatCookieScope {
  /** Whether each server has a host of its own. */
  ownHost: boolean
  /** Whether the public scheme is https. */
  secure: boolean
}

/**
 * Returns the name of a seat's cookie. On a shared host each server has a name of its own, because the paths of servers
 * nest and a browser sends the cookies of all of them. With `__Http-` browsers refuse a cookie that a script or an
 * unencrypted page sets, and with `__Host-` also one from a neighbouring host.
 */
export function seatCookieName(label: string, { ownHost, secure }: SeatCookieScope): string {
  if (ownHost) return secure ? '__Host-Http-seat' : 'seat'
  return `${secure ? '__Http-' : ''}seat-${label}`
}

export interface OwnCookie {
  name: string
  value: string
  /** For a seat: the server's path, or `/` where the server has a host of its own. */
  path: string
  /** Whether the public scheme is https. */
  secure: boolean
  framed: boolean
  /** Whether a browser sends the cookie also with a form that another site posts. Takes `Secure`. Default: false. */
  fromOtherSites?: boolean
  maxAgeSeconds: number
}

/**
 * Returns the value of a `Set-Cookie` header. In a frame a cookie needs `None; Secure; Partitioned`. At top level a
 * cookie with `None` goes along with form POSTs of other sites, which no cookie may do that lets anyone in.
 */
export function cookieHeader(cookie: OwnCookie): string {
  const { name, value, path, maxAgeSeconds } = cookie
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; ${sitesOf(cookie)}`
}

function sitesOf({ framed, fromOtherSites, secure }: OwnCookie): string {
  if (framed) return 'SameSite=None; Secure; Partitioned'
  if (fromOtherSites) return 'SameSite=None; Secure'
  return secure ? 'SameSite=Lax; Secure' : 'SameSite=Lax'
}

/**
 * Returns the values that may count for one of our names, or `ambiguous`. Only with `__Host-` may several values stand
 * side by side: one of a frame and one of a tab. Without it a neighbouring host, a script or another path may have
 * planted one of several, and nothing tells which, so none of them counts.
 */
export function countedValues(header: string | undefined, name: string): string[] | 'ambiguous' {
  const values = cookieValues(header, name)
  return values.length > 1 && !name.startsWith('__Host-') ? 'ambiguous' : values
}

/** Returns all values of a name in their order, at most 8. */
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

/** Says whether only spaces stand between this place and the last `;`, or the start. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (header[before] === ' ' || header[before] === '\t')) before -= 1
  return before < 0 || header[before] === ';'
}

/** Says whether a cookie of this name belongs to hub or proxy, so that no server may see or set it. */
export function isOurCookie(name: string): boolean {
  return /^(__(host|secure|http|host-http)-)?(carrel|seat)(-.*)?$/i.test(name.trim())
}
