/**
 * The cookie that names the last user of a server host in this browser. Storage and caches belong to a host and not to a person,
 * so they are emptied when the next user is somebody else.
 */
import { countedValues, seatCookieHeader } from './cookie.ts'
import { derive, type Key, type KeyRing } from './keys.ts'
import { isSignature, sign } from './seat.ts'

/** The longest that browsers keep a cookie, because storage stays as long as the browser's profile. */
const maxAgeSeconds = 400 * 86_400

export interface LastUserCookieScope {
  /** The public scheme is https. */
  secure: boolean
  framed: boolean
}

/** The header that sets the cookie. Scripts can neither read it nor, with https, set it, and its value does not reveal the user. */
export function lastUserCookie(keys: KeyRing, user: string, { secure, framed }: LastUserCookieScope): string {
  const [key] = keys.all
  const value = `${key.kid}.${sign(lastUserKey(key), signedText(user)).toString('base64url')}`
  return seatCookieHeader({ name: nameOf(secure), value, path: '/', secure, framed, maxAgeSeconds })
}

/** Whether the cookies name this user as the last one, and nobody else. */
export function wasLastUser(keys: KeyRing, cookies: string | undefined, user: string, secure: boolean): boolean {
  const values = countedValues(cookies, nameOf(secure))
  return values !== 'several' && values.length > 0 && values.every((value) => isOf(keys, value, user))
}

function isOf(keys: KeyRing, value: string, user: string): boolean {
  const [kid = '', signature = '', ...rest] = value.split('.')
  const key = keys.all.find((one) => one.kid === kid)
  return key !== undefined && rest.length === 0 && isSignature(lastUserKey(key), signedText(user), signature)
}

function nameOf(secure: boolean): string {
  return secure ? '__Host-Http-seat-last-user' : 'seat-last-user'
}

function lastUserKey(key: Key): Buffer {
  return derive(key, 'last-user', '', 0)
}

function signedText(user: string): string {
  return `last-user.${user}`
}
