/**
 * The cookie that names the last user of a server host in this browser. Storage and caches belong to a host and not to
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
  framed: boolean
}

/**
 * Returns the header that sets the cookie. Scripts cannot read the cookie nor, with https, set it. Its value does not
 * reveal the user.
 */
export function lastUserCookie(keys: KeyRing, user: string, { secure, framed }: LastUserCookieScope): string {
  const value = sealed(lastUserKind, signingKey(keys.all[0], 'last-user'), [], user)
  return cookieHeader({ name: lastUserCookieName(secure), value, path: '/', secure, framed, maxAgeSeconds })
}

/** Says whether the cookies name this user, and no other, as the last one. */
export function wasLastUser(keys: KeyRing, cookies: string | undefined, user: string, secure: boolean): boolean {
  const values = countedValues(cookies, lastUserCookieName(secure))
  return values !== 'ambiguous' && values.length > 0 && values.every((value) => isOf(keys, value, user))
}

/**
 * Says whether a cookie names this user. An unknown key id does not cause the keys to be read again, since any browser
 * can send one.
 */
function isOf(keys: KeyRing, value: string, user: string): boolean {
  const find = (kid: string) => {
    const key = keys.all.find((one) => one.kid === kid)
    return key && signingKey(key, 'last-user')
  }
  return opened(lastUserKind, find, value, user) !== undefined
}
