/**
 * Keeps what a provider wants to see again when its user signs out, such as an ID token. The hint lies in the session,
 * encrypted with a key that only the session's id yields. The database has that id as a hash only, so a copy of the
 * database tells no hint.
 */
import { hkdfSync } from 'node:crypto'
import type Koa from 'koa'
import { openSealed, sealText } from '../../seats/sealed.ts'
import { sessionOf } from './session.ts'

/** Keeps the hint of the sign-in that was just made. Call this after the session has got its new id. */
export function keepSignOutHint(ctx: Koa.Context, hint: string | undefined): void {
  const session = sessionOf(ctx)
  delete session.signOutHint
  if (hint !== undefined) session.signOutHint = sealText(keyOf(ctx), hint)
}

/** Returns the hint of this session's sign-in. A hint of another session's id is none: the provider then asks the person. */
export function readSignOutHint(ctx: Koa.Context): string | undefined {
  const kept = sessionOf(ctx).signOutHint
  return kept === undefined ? undefined : openSealed(keyOf(ctx), kept)
}

function keyOf(ctx: Koa.Context): Buffer {
  const { sessionId = '' } = ctx.state
  return Buffer.from(hkdfSync('sha256', sessionId, 'carrel v1', 'sign-out hint', 32))
}
