/** The keys that hub and proxies share (`CARREL_KEYS`), and everything derived from them. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

export interface Key {
  /** Names the key in cookies and routes, so that rotation can keep the old ones for verifying. */
  kid: string
  secret: Buffer
}

/** Shared keys, at least one. The first key signs, and all of them verify. */
export type Keys = readonly [Key, ...Key[]]

/** The purpose of a derived key. A key of one purpose is never valid for another one. */
export type Purpose = 'server-token' | 'seat' | 'code' | 'last-user' | 'repositories'

/**
 * Reads `kid:secret[,kid:secret…]`, with 32 bytes in base64url for each secret. Throws an `Error` that names what is
 * wrong, but never a secret.
 */
export function parseKeys(text: string): Keys {
  const keys = text.split(',').map((part, index): Key => {
    const [kid, value, ...rest] = part.trim().split(':')
    if (!kid || !value || rest.length > 0 || !/^[a-z0-9]{1,16}$/.test(kid)) {
      throw new Error(`key ${index + 1} is not of the form id:secret (id: up to 16 of a-z and 0-9)`)
    }
    const secret = Buffer.from(value, 'base64url')
    if (secret.length !== 32 || secret.toString('base64url') !== value) {
      throw new Error(`key ${index + 1} (${kid}) is not 32 bytes in base64url`)
    }
    return { kid, secret }
  })
  const [first, ...rest] = keys
  if (first === undefined) throw new Error('no key is given')
  if (new Set(keys.map((key) => key.kid)).size < keys.length) throw new Error('two keys have the same id')
  return [first, ...rest]
}

/** Writes keys in the form that `parseKeys` reads. */
export function formatKeys(keys: Keys): string {
  return keys.map(({ kid, secret }) => `${kid}:${secret.toString('base64url')}`).join(',')
}

/** The current keys. Hub and proxies go on running while an operator rotates the keys. */
export interface KeyRing {
  /** All keys. The first one signs. */
  readonly all: Keys
  /** Returns the key of this id. Where the id is unknown, reads the source of the keys again first. */
  find(kid: string): Key | undefined
  /** Calls `listener` after every change, with the ids of dropped keys. Returns a function that stops this. */
  onChange(listener: (dropped: string[]) => void): () => void
}

/** Returns a ring of keys that never change. */
export function fixedKeys(keys: Keys): KeyRing {
  return { all: keys, find: (kid) => keys.find((key) => key.kid === kid), onChange: () => () => undefined }
}

/**
 * Returns 32 bytes that only this key, purpose, server and run yield. Each part is derived with its length, so no two
 * inputs give the same bytes.
 */
export function derive(key: Key, purpose: Purpose, server: string, run: number): Buffer {
  return deriveFrom(key, [purpose, server, String(run)])
}

/** A derived key that signs (`seats/signed.ts`). */
export interface SigningKey {
  /** The id of the key from which this one was derived. */
  kid: string
  /** A `KeyObject`, because Node signs with one five times as fast as with its bytes. */
  secret: KeyObject
}

/** Returns the key that signs for this purpose, for a whole installation or for one run. */
export function signingKey(key: Key, purpose: Purpose, server = '', run = 0): SigningKey {
  return { kid: key.kid, secret: createSecretKey(derive(key, purpose, server, run)) }
}

/** Returns the id of the session that a first-visit nonce stands for. It is equal in every frame of a page. */
export function deriveSessionId(key: Key, nonce: string): string {
  return deriveFrom(key, ['session', nonce]).toString('base64url')
}

/** The start of every token that a run of a server accepts. By it the proxy recognises such tokens and drops them. */
export const serverTokenPrefix = 'carrel-server-'

/**
 * Returns the token that one run of one server accepts. The token names its server and run, so that the hub can derive
 * it again without a search.
 */
export function serverToken(key: Key, server: string, run: number): string {
  return `${serverTokenPrefix}${server}-${run}-${derive(key, 'server-token', server, run).toString('base64url')}`
}

/** Returns the server and run that a token claims to be for. Only a comparison with `serverToken` tells the truth. */
export function parseServerToken(token: string): { server: string; run: number } | undefined {
  const [, server, run] = /^carrel-server-([a-z0-9]{1,32})-([1-9]\d{0,8})-[\w-]{43}$/.exec(token) ?? []
  return server === undefined ? undefined : { server, run: Number(run) }
}

function deriveFrom(key: Key, parts: string[]): Buffer {
  const info = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(',')
  return Buffer.from(hkdfSync('sha256', objectOf(key), 'carrel v1', info, 32))
}

const objects = new WeakMap<Key, KeyObject>()

/** Returns the key as Node's own object. From bytes Node derives ten times as slowly: it makes an error first, to see what they are. */
function objectOf(key: Key): KeyObject {
  const known = objects.get(key)
  if (known !== undefined) return known
  const made = createSecretKey(key.secret)
  objects.set(key, made)
  return made
}
