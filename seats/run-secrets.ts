import { type Key, type KeyRing, type SigningKey, serverToken, signingKey } from './keys.ts'
import type { Admit } from './route.ts'

/** What proxy and hub derive for one run of one server. */
export interface RunSecrets {
  /** Signs seats and landings. */
  seatKey: SigningKey
  /** The token that the server itself accepts. */
  token: string
}

/** Derives once for each `admit` object and key. `undefined` when the key that the route names is not among ours. */
export function runSecrets(keys: KeyRing): (admit: Admit) => RunSecrets | undefined {
  const derived = new WeakMap<Admit, { key: Key; secrets: RunSecrets }>()
  return (admit) => {
    const key = keys.find(admit.kid)
    if (key === undefined) return undefined
    const known = derived.get(admit)
    if (known?.key === key) return known.secrets
    const secrets: RunSecrets = {
      seatKey: signingKey(key, 'seat', admit.server, admit.run),
      token: serverToken(key, admit.server, admit.run),
    }
    derived.set(admit, { key, secrets })
    return secrets
  }
}
