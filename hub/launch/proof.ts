import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { derive, type Keys } from '../../seats/keys.ts'

/** What a launch page may say in its POST in place of the LMS page's Referer, which the POST does not have. */
export interface Proof {
  authenticator: string
  /** The entry link that it was given for, whole. */
  entry: string
}

const lifeMilliseconds = 5 * 60_000
const schema = z.strictObject({ authenticator: z.string(), entry: z.string(), until: z.number() })

export function signProof(keys: Keys, proof: Proof, nowMilliseconds: number): string {
  const body = Buffer.from(JSON.stringify({ ...proof, until: nowMilliseconds + lifeMilliseconds })).toString(
    'base64url',
  )
  return `${keys[0].kid}.${body}.${mac(keys[0], body).toString('base64url')}`
}

/** Undefined for anything that this installation did not sign within the last five minutes for this very link. */
export function readProof(keys: Keys, text: string, entry: string, nowMilliseconds: number): Proof | undefined {
  const [kid, body, signature] = text.split('.', 3)
  const key = keys.find((one) => one.kid === kid)
  if (key === undefined || body === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature, 'base64url')
  const expected = mac(key, body)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const parsed = schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  if (!parsed.success || parsed.data.until < nowMilliseconds || parsed.data.entry !== entry) return undefined
  return { authenticator: parsed.data.authenticator, entry }
}

function mac(key: Keys[number], body: string): Buffer {
  return createHmac('sha256', derive(key, 'proof', '', 0))
    .update(body)
    .digest()
}
