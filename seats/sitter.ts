/**
 * Who sat in this browser last, at this host. Storage and caches belong to a host, not to a person: whoever comes next
 * must find nothing in them.
 */
import { countedValues, seatCookieHeader } from './cookie.ts'
import { derive, type Key, type KeyRing } from './keys.ts'
import { isSignature, sign } from './seat.ts'

/** As long as browsers keep any cookie: what it speaks of stays as long as the profile. */
const maxAgeSeconds = 400 * 86_400

export interface SitterCookieScope {
  /** The public scheme is https. */
  secure: boolean
  framed: boolean
}

/** Scripts can neither read it nor, with https, set one of its name; and its value tells nobody who it was. */
export function sitterCookieHeader(keys: KeyRing, user: string, { secure, framed }: SitterCookieScope): string {
  const [key] = keys.all
  const value = `${key.kid}.${sign(sitterKey(key), signedText(user)).toString('base64url')}`
  return seatCookieHeader({ name: nameOf(secure), value, path: '/', secure, framed, maxAgeSeconds })
}

/** Whether this browser says that the user sat here last, and says nothing else. */
export function satHereLast(keys: KeyRing, cookies: string | undefined, user: string, secure: boolean): boolean {
  const values = countedValues(cookies, nameOf(secure))
  return values !== 'several' && values.length > 0 && values.every((value) => isOf(keys, value, user))
}

function isOf(keys: KeyRing, value: string, user: string): boolean {
  const [kid = '', signature = '', ...rest] = value.split('.')
  const key = keys.all.find((one) => one.kid === kid)
  return key !== undefined && rest.length === 0 && isSignature(sitterKey(key), signedText(user), signature)
}

function nameOf(secure: boolean): string {
  return secure ? '__Host-Http-seat-sitter' : 'seat-sitter'
}

function sitterKey(key: Key): Buffer {
  return derive(key, 'sitter', '', 0)
}

function signedText(user: string): string {
  return `sitter.${user}`
}
