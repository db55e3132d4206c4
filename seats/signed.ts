/**
 * The one format of texts that hub and proxies sign and a browser carries: `v1.<key id>.<payload>.<signature>`. The
 * signature covers the purpose, so a text signed for one purpose is not valid for another one, even under the same key.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import type { SigningKey } from './keys.ts'

/**
 * A kind of signed text. Each kind is declared once, beside the functions that its users call. A new kind takes a
 * purpose and a key of its own.
 */
export interface SignedKind<T> {
  purpose: 'seat' | 'landing' | 'code' | 'last-user'
  payload: z.ZodType<T>
}

/** The longest text that is read, in characters. A code with the longest link is shorter. */
const longest = 16_384
const format = /^v1\.([a-z0-9]{1,16})\.([\w-]+)\.([\w-]{43})$/

/**
 * Returns the signed text of a payload. `about` is signed too but not part of the text: its reader must know it. Throws
 * when the text would be longer than a reader takes.
 */
export function sealed<T>({ purpose }: SignedKind<T>, key: SigningKey, payload: T, about = ''): string {
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  const text = `v1.${key.kid}.${body}.${signature(key.secret, `v1.${purpose}.${key.kid}.${body}.${about}`)}`
  if (text.length > longest) throw new Error(`A signed ${purpose} of ${text.length} characters is too long to be read.`)
  return text
}

/**
 * Returns the payload of a text that one of these keys signed for this purpose and `about`; undefined for other texts.
 * A signed text has only one spelling.
 */
export function opened<T>(kind: SignedKind<T>, find: FindKey, text: string, about = ''): T | undefined {
  const [, kid = '', body = '', given = ''] = text.length > longest ? [] : (format.exec(text) ?? [])
  const key = kid === '' ? undefined : find(kid)
  if (key === undefined) return undefined
  const right = signature(key.secret, `v1.${kind.purpose}.${kid}.${body}.${about}`)
  return timingSafeEqual(Buffer.from(given), Buffer.from(right)) ? read(kind, body) : undefined
}

/** Returns the payload of a text without checking its signature. */
export function claimed<T>(kind: SignedKind<T>, text: string): T | undefined {
  const [, , body] = text.length > longest ? [] : (format.exec(text) ?? [])
  return body === undefined ? undefined : read(kind, body)
}

/** Returns the key of this id, derived for the purpose. */
export type FindKey = (kid: string) => SigningKey | undefined

export function onlyKey(key: SigningKey): FindKey {
  return (kid) => (kid === key.kid ? key : undefined)
}

/** Signs a text. Neither purpose nor id nor body holds a dot, so no two signed things have the same text. */
function signature(secret: KeyObject, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

function read<T>(kind: SignedKind<T>, body: string): T | undefined {
  try {
    return kind.payload.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data
  } catch {
    return undefined
  }
}
