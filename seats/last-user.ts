/**
 * The cookies that name the last user of a server host in this browser. Storage and caches belong to a host and not to
 * a person, so they are emptied when the next user is another person.
 */
import { z } from 'zod'
import { cookieHeader, countedValues, lastUserCookieName } from './cookie.ts'
import { type KeyRing, signingKey } from './keys.ts'
import { opened, type SignedKind, sealed } from './signed.ts'

/** The longest time that browsers keep a cookie, since storage stays as long as the browser's profile. */
const maxAgeSeconds = 400 * 86_400

/** An empty payload, signed about the user, so that the cookie does not reveal the user. */
export const lastUserKind = { purpose: 'last-user', payload: z.tuple([]) } satisfies SignedKind<unknown>

export interface LastUserCookieScope {
  /** Whether the public scheme is https. */
  secure: boolean
  /** Whether browsers keep cookies with `Secure` for the host: with https, and by http on their own machine. */
  trusted: boolean
  framed: boolean
}

/** The user who takes a seat, and the cookies that the browser sends with its ticket. */
export interface NextUser {
  user: string
  cookies: string | undefined
}

/**
 * Says whether the cookies name this user, and no other, as the last one. A frame and a tab have a cookie each. The one
 * of this kind must be there. The other one must name the same user where it comes along, because then a frame and a
 * tab may share their storage.
 */
export function wasLastUser(keys: KeyRing, { user, cookies }: NextUser, scope: LastUserCookieScope): boolean {
  const { own, other } = lastUsers(cookies, scope)
  return own !== 'ambiguous' && own.length > 0 && areOf(keys, own, user) && areOf(keys, other, user)
}

/**
 * Returns the headers that make this user the last one. Scripts cannot read the cookie nor, with https, set it. Its
 * value does not reveal the user. A cookie of the other kind that names another user is deleted: otherwise both would
 * contradict each other at each click.
 */
export function lastUserCookies(keys: KeyRing, { user, cookies }: NextUser, scope: LastUserCookieScope): string[] {
  const value = sealed(lastUserKind, signingKey(keys.all[0], 'last-user'), [], user)
  const { other } = lastUsers(cookies, scope)
  const forgotten = areOf(keys, other, user) ? [] : [setCookie('', { ...scope, framed: !scope.framed }, 0)]
  return [...forgotten, setCookie(value, scope, maxAgeSeconds)]
}

/**
 * Returns the header of one cookie. A browser sends it with the launch page's ticket, a POST that may come from another
 * site. So it has `SameSite=None` wherever browsers keep such a cookie. That does no harm: it lets nobody in.
 */
function setCookie(value: string, { secure, trusted, framed }: LastUserCookieScope, seconds: number): string {
  const name = lastUserCookieName(secure, framed)
  return cookieHeader({ name, value, path: '/', secure, framed, fromOtherSites: trusted, maxAgeSeconds: seconds })
}

type Values = ReturnType<typeof countedValues>

function lastUsers(
  cookies: string | undefined,
  { secure, framed }: LastUserCookieScope,
): { own: Values; other: Values } {
  const of = (kind: boolean) => countedValues(cookies, lastUserCookieName(secure, kind))
  return { own: of(framed), other: of(!framed) }
}

/**
 * Says whether these values all name this user. An unknown key id does not cause the keys to be read again, since any
 * browser can send one.
 */
function areOf(keys: KeyRing, values: Values, user: string): boolean {
  const find = (kid: string) => {
    const key = keys.all.find((one) => one.kid === kid)
    return key && signingKey(key, 'last-user')
  }
  return values !== 'ambiguous' && values.every((value) => opened(lastUserKind, find, value, user) !== undefined)
}
