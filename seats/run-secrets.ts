import { derive, findKey, type Keys, serverToken } from './keys.ts'
import type { Admit } from './route.ts'

/** What proxy and hub derive for one run of one server. */
export interface RunSecrets {
  seatKey: Buffer
  /** The token that the server itself accepts. */
  token: string
}

/** Derives once for each `admit` object. `undefined` when the key that the route names is not among ours. */
export function runSecrets(keys: Keys): (admit: Admit) => RunSecrets | undefined {
  const derived = new WeakMap<Admit, RunSecrets>()
  return (admit) => {
    const known = derived.get(admit)
    if (known !== undefined) return known
    const key = findKey(keys, admit.kid)
    if (key === undefined) return undefined
    const secrets: RunSecrets = {
      seatKey: derive(key, 'seat', admit.server, admit.run),
      token: serverToken(key, admit.server, admit.run),
    }
    derived.set(admit, secrets)
    return secrets
  }
}
