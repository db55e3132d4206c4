/** Public keys of SSH: what they are called, how they are written, and their fingerprints. */
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'

/** A public key, of a host or of a pair. */
export interface PublicKey {
  /** Such as `ssh-ed25519`. */
  type: string
  /** What stands in base64 behind the type, wherever such a key is written. */
  blob: Buffer
}

/** The kinds of keys that OpenSSH takes and that need no device to be touched. */
const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa']

/** Reads the type and the base64 of a public key. Undefined where they are none, or do not fit together. */
export function readPublicKey(type: string, base64: string): PublicKey | undefined {
  if (!types.includes(type) || base64.length > 4000 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const blob = Buffer.from(base64, 'base64')
  return typeOfBlob(blob) === type ? { type, blob } : undefined
}

/** Returns the key of a blob; undefined for one of a kind that is not taken. */
export function publicKeyOf(blob: Buffer): PublicKey | undefined {
  const type = typeOfBlob(blob)
  return type === undefined ? undefined : readPublicKey(type, blob.toString('base64'))
}

function typeOfBlob(blob: Buffer): string | undefined {
  if (blob.length < 5) return undefined
  const length = blob.readUInt32BE(0)
  return length > 64 || blob.length <= 4 + length ? undefined : blob.toString('latin1', 4, 4 + length)
}

/** Returns a key as lines of keys have it: its type and its base64. */
export function written({ type, blob }: PublicKey): string {
  return `${type} ${blob.toString('base64')}`
}

/** Returns the fingerprint as OpenSSH and hosts of git show it: `SHA256:…`. */
export function fingerprintOf({ blob }: Pick<PublicKey, 'blob'>): string {
  return `SHA256:${hash('sha256', blob, 'buffer').toString('base64').replace(/=+$/, '')}`
}

/** Returns a field of the binary form: its length and its bytes. */
export function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as Buffer)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
