/**
 * Seals secrets of repositories with the first of the installation's keys. A copy of the database without the keys tells none of them, and a row
 * that was moved to another owner or repository does not open.
 */

import { derive, type Key } from '../../seats/keys.ts'
import { openSealed, sealText } from '../../seats/sealed.ts'
import type { Hub } from '../hub.ts'

/** A secret as a row has it. */
export interface Sealed {
  /** The id of the installation's key that opens it. */
  kid: string
  sealed: string
}

export function sealSecret({ secrets }: Pick<Hub, 'secrets'>, about: readonly string[], secret: string): Sealed {
  const [key] = secrets.keys.all
  return { kid: key.kid, sealed: sealText(bytesOf(key), secret, JSON.stringify(about)) }
}

/** Returns the secret; undefined where its key is none of these any more, or the row was tampered with. */
export function openSecret(
  keyOf: (kid: string) => Key | undefined,
  about: readonly string[],
  { kid, sealed }: Sealed,
): string | undefined {
  const key = keyOf(kid)
  return key && openSealed(bytesOf(key), sealed, JSON.stringify(about))
}

function bytesOf(key: Key): Buffer {
  return derive(key, 'repositories', '', 0)
}
