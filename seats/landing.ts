/**
 * The landing: the path that a browser with a new seat goes to, signed for that seat. Without the signature any link
 * could name a path, and so get past row 5d of the rules.
 */
import { z } from 'zod'
import type { SigningKey } from './keys.ts'
import { claimed, onlyKey, opened, type SignedKind, sealed } from './signed.ts'

export const landingMilliseconds = 60_000

/** A path, and the time when the landing expires; signed about the seat's id. */
export const landingKind = {
  purpose: 'landing',
  payload: z.tuple([z.string(), z.number()]),
} satisfies SignedKind<unknown>

/** Returns a signed landing. `key` is the run's seat key. */
export function signLanding(key: SigningKey, seat: string, to: string, expires: number): string {
  return sealed(landingKind, key, [to, expires], seat)
}

export type Landing = { state: 'good'; to: string } | { state: 'forged' } | { state: 'expired' }

export function readLanding(key: SigningKey, seat: string, text: string, now: number): Landing {
  const payload = opened(landingKind, onlyKey(key), text, seat)
  if (payload === undefined) return { state: 'forged' }
  const [to, expires] = payload
  return expires <= now ? { state: 'expired' } : { state: 'good', to }
}

/** Returns the path that a landing claims, unchecked. Use it only to ask the hub, which judges the path again. */
export function claimedLanding(text: string): string | undefined {
  return claimed(landingKind, text)?.[0]
}
