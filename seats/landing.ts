/**
 * Where a browser goes once it is seated, signed for one seat: without that, any link could name a landing path and
 * so defeat row 5d of the rules.
 */
import { z } from 'zod'
import type { SigningKey } from './keys.ts'
import { claimed, onlyKey, opened, type SignedKind, sealed } from './signed.ts'

export const landingMilliseconds = 60_000

/** The path, and when the landing expires; signed about the seat's id. */
export const landingKind = {
  purpose: 'landing',
  payload: z.tuple([z.string(), z.number()]),
} satisfies SignedKind<unknown>

/** `key` is the run's seat key. */
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

/** What the text claims, unchecked: good enough to ask the hub for, which judges it afresh. */
export function claimedLanding(text: string): string | undefined {
  return claimed(landingKind, text)?.[0]
}
