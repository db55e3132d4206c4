/**
 * Where a browser goes once it is seated, signed for one seat: without that, any link could name a landing path and
 * so defeat row 5d of the rules.
 */
import { isSignature, sign } from './seat.ts'

export const landingMilliseconds = 60_000

export function signLanding(key: Buffer, seat: string, to: string, expires: number): string {
  const payload = Buffer.from(JSON.stringify([to, expires])).toString('base64url')
  return `${payload}.${sign(key, signedText(seat, payload)).toString('base64url')}`
}

export type Landing = { state: 'good'; to: string } | { state: 'forged' } | { state: 'expired' }

export function readLanding(key: Buffer, seat: string, text: string, now: number): Landing {
  const [payload = '', signature = '', ...rest] = text.split('.')
  if (rest.length > 0 || !isSignature(key, signedText(seat, payload), signature)) return { state: 'forged' }
  const [to, expires] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number]
  return expires <= now ? { state: 'expired' } : { state: 'good', to }
}

/** What the text claims, unchecked: good enough to ask the hub for, which judges it afresh. */
export function claimedLanding(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString())
    return Array.isArray(parsed) && typeof parsed[0] === 'string' ? parsed[0] : undefined
  } catch {
    return undefined
  }
}

function signedText(seat: string, payload: string): string {
  return `landing.${seat}.${payload}`
}
