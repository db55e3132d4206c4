import { hash, randomBytes } from 'node:crypto'

const letters = 'abcdefghijklmnopqrstuvwxyz234567'

/** Returns 20 characters of a-z and 2-7 (100 bits), fit for names of containers, pods, folders and cookies. */
export function newId(): string {
  let id = ''
  for (const byte of randomBytes(20)) id += letters[byte % 32]
  return id
}

/** Returns 32 random bytes as text, for a session, ticket, launch, nonce or token. Only its hash is stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}
