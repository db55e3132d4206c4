/** Everything that hub and proxies derive from the keys that they share (`CARREL_KEYS`). */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

export interface Key {
  /** Names the key in cookies and routes, so that rotation can keep the old ones for verifying. */
  kid: string
  secret: Buffer
}

/** The first mints; all of them verify. Never empty. */
export type Keys = readonly [Key, ...Key[]]

/** What a derived key is for. One purpose's key never opens another's door. */
export type Purpose = 'server-token' | 'seat' | 'code' | 'last-user'

/**
 * Reads `kid:secret[,kid:secret…]`, each secret 32 bytes in base64url. Throws an `Error` that names what is wrong
 * and never the value.
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

/** As `parseKeys` reads them. */
export function formatKeys(keys: Keys): string {
  return keys.map(({ kid, secret }) => `${kid}:${secret.toString('base64url')}`).join(',')
}

/** The keys as they are just now: hub and proxies go on running while an operator rotates them. */
export interface KeyRing {
  /** The first mints. */
  readonly all: Keys
  /** The key of this id. Where it is not among the known ones, its source is read anew first. */
  find(kid: string): Key | undefined
  /** Called after every change, with the ids that are gone. Returns the undo. */
  onChange(listener: (dropped: string[]) => void): () => void
}

/** Keys that never change. */
export function fixedKeys(keys: Keys): KeyRing {
  return { all: keys, find: (kid) => keys.find((key) => key.kid === kid), onChange: () => () => undefined }
}

/** 32 bytes that only this key, purpose, server and run yield. The parts are length-framed, so no two inputs meet. */
export function derive(key: Key, purpose: Purpose, server: string, run: number): Buffer {
  return deriveFrom(key, [purpose, server, String(run)])
}

/** A derived key that signs (`seats/signed.ts`). It keeps the id of the one from which it was derived. */
export interface SigningKey {
  kid: string
  /** Node signs with it five times as fast as with its bytes. */
  secret: KeyObject
}

/** The key that signs for this purpose: of a whole installation, or of one run. */
export function signingKey(key: Key, purpose: Purpose, server = '', run = 0): SigningKey {
  return { kid: key.kid, secret: createSecretKey(derive(key, purpose, server, run)) }
}

/** The id of the session that a first-visit nonce stands for, the same in every frame of a page. */
export function deriveSessionId(key: Key, nonce: string): string {
  return deriveFrom(key, ['session', nonce]).toString('base64url')
}

/** The token that one run of one server accepts. Its start lets the proxy recognise and drop it from outside. */
export const serverTokenPrefix = 'carrel-server-'

/** Names its server and run, so that the hub knows whose it says it is without a search, and then derives it anew. */
export function serverToken(key: Key, server: string, run: number): string {
  return `${serverTokenPrefix}${server}-${run}-${derive(key, 'server-token', server, run).toString('base64url')}`
}

/** Whose a token says it is. Whether that is true, only `serverToken` tells. */
export function parseServerToken(token: string): { server: string; run: number } | undefined {
  const [, server, run] = /^carrel-server-([a-z0-9]{1,32})-([1-9]\d{0,8})-[\w-]{43}$/.exec(token) ?? []
  return server === undefined ? undefined : { server, run: Number(run) }
}

function deriveFrom(key: Key, parts: string[]): Buffer {
  const info = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(',')
  return Buffer.from(hkdfSync('sha256', key.secret, 'carrel v1', info, 32))
}
