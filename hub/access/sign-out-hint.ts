/**
 * Keeps what a provider wants to see again when its user signs out, such as an ID token. The hint lies in the session,
 * encrypted with a key that only the session's id yields. The database has that id as a hash only, so a copy of the
 * database tells no hint.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type Koa from 'koa'
import { sessionOf } from './session.ts'

const cipher = 'aes-256-gcm'
const [ivBytes, tagBytes] = [12, 16]

/** Keeps the hint of the sign-in that was just made. Call this after the session has got its new id. */
export function keepSignOutHint(ctx: Koa.Context, hint: string | undefined): void {
  const session = sessionOf(ctx)
  delete session.signOutHint
  if (hint === undefined) return
  const iv = randomBytes(ivBytes)
  const encryption = createCipheriv(cipher, keyOf(ctx), iv, { authTagLength: tagBytes })
  const text = Buffer.concat([encryption.update(hint, 'utf8'), encryption.final()])
  session.signOutHint = Buffer.concat([iv, encryption.getAuthTag(), text]).toString('base64url')
}

/** Returns the hint of this session's sign-in, if there is one. */
export function readSignOutHint(ctx: Koa.Context): string | undefined {
  const kept = sessionOf(ctx).signOutHint
  if (kept === undefined) return undefined
  const bytes = Buffer.from(kept, 'base64url')
  try {
    const decryption = createDecipheriv(cipher, keyOf(ctx), bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decryption.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    const text = [decryption.update(bytes.subarray(ivBytes + tagBytes)), decryption.final()]
    return Buffer.concat(text).toString('utf8')
  } catch {
    // A hint of another session's id is no hint: the provider then asks the person.
    return undefined
  }
}

function keyOf(ctx: Koa.Context): Buffer {
  const { sessionId = '' } = ctx.state
  return Buffer.from(hkdfSync('sha256', sessionId, 'carrel v1', 'sign-out hint', 32))
}
