import { type Key, type KeyRing, type SigningKey, serverToken, signingKey } from './keys.ts'
import type { Access } from './route.ts'

/** What proxy and hub derive for one run of one server. */
export interface RunSecrets {
  /** Signs seats and landings. */
  seatKey: SigningKey
  /** The token that the server itself accepts. */
  token: string
}

/** Derives once for each `access` object and key. `undefined` when the key that the route names is not among ours. */
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
