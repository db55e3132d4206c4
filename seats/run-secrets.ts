import { type Key, type KeyRing, type SigningKey, serverToken, signingKey } from './keys.ts'
import type { Access } from './route.ts'

/** The secrets that proxy and hub derive for one run of one server. */
export interface RunSecrets {
  /** Signs seats and landings. */
  seatKey: SigningKey
  /** The token that the server itself accepts. */
  token: string
}

/**
 * Returns a function that derives the secrets of a route's run, once for each `access` object and key. It returns
 * undefined when the key that the route names is unknown.
 */
export function runSecrets(keys: KeyRing): (access: Access) => RunSecrets | undefined {
  const derived = new WeakMap<Access, { key: Key; secrets: RunSecrets }>()
  return (access) => {
    const key = keys.find(access.kid)
    if (key === undefined) return undefined
    const known = derived.get(access)
    if (known?.key === key) return known.secrets
    const secrets: RunSecrets = {
      seatKey: signingKey(key, 'seat', access.server, access.run),
      token: serverToken(key, access.server, access.run),
    }
    derived.set(access, { key, secrets })
    return secrets
  }
}
