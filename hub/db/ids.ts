import { createHash, randomBytes } from 'node:crypto'

const letters = 'abcdefghijklmnopqrstuvwxyz234567'

/** 20 characters of a-z and 2-7 (100 bits): fit for container, pod, folder and cookie names, never reused. */
export function newId(): string {
  return Array.from(randomBytes(20), (byte) => letters[byte % 32]).join('')
}

/** 32 random bytes for whatever opens something: session, ticket, launch, nonce. Only its hash is stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
