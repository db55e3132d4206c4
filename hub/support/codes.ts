/**
 * Support codes. A learner reads hers in the strip and tells it to staff, who find her server by it. So she need not say who
 * she is: on a page of an LMS that signs nothing, her id there would be the way in.
 */
import { randomBytes } from 'node:crypto'
import { say } from '../../words/text.ts'
import { breaksReference } from '../db/dialect.ts'
import type { Server } from '../db/servers/servers.ts'
import { addStoredCode, storedCodeOf } from '../db/servers/support-codes.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** A code as people read it, `7KQ-4MX`, and when it ends, in milliseconds since 1970. */
export interface SupportCode {
  code: string
  until: number
}

/** Digits and capitals without I, L, O and U: of characters that look alike, one. */
const characters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 6
const weekMilliseconds = 7 * 86_400_000

/** Returns the code of the server: the one that it has, or a new one for a week. Throws where the server is removed. */
export async function supportCodeOf(hub: Pick<Hub, 'db'>, { id }: Pick<Server, 'id'>): Promise<SupportCode> {
  for (let tries = 0; tries < 10; tries += 1) {
    const stored = await storedCodeOf(hub.db, id)
    if (stored !== undefined) return { code: writtenCode(stored.code), until: stored.expires }
    const code = Array.from(randomBytes(length), (byte) => characters[byte % characters.length]).join('')
    await addStoredCode(hub.db, { server: id, code, lasts: weekMilliseconds }).catch((error: unknown) => {
      if (breaksReference(error)) throw new HttpError(410, 'stopped', say`This notebook has been removed.`)
      throw error
    })
  }
  throw new Error('no support code is free')
}

/** Returns a stored code as people read it. */
export function writtenCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`
}

/** Returns the code that a person means by what she has typed: in any case, with spaces or hyphens, O for 0, I or L for 1. */
export function typedCode(typed: string): string | undefined {
  if (typed.length > 40) return undefined
  const plain = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}._]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return plain.length === length && [...plain].every((one) => characters.includes(one)) ? plain : undefined
}
