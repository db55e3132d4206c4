import { normalHost } from '../seats/host.ts'
import { findKey, type Key, type Keys } from '../seats/keys.ts'
import type { Admit } from '../seats/route.ts'
import { type RunSecrets, runSecrets } from '../seats/run-secrets.ts'
import { type CheckSeat, seatChecker } from '../seats/seat-check.ts'

/** The two public origins, from the proxy's own settings, and what guards the second. */
export interface Site {
  hubUrl: string
  serversUrl: string
  scheme: 'http' | 'https'
  /** Whose host this is. */
  place(host: string): 'hub' | 'servers' | undefined
  secretsOf(admit: Admit): RunSecrets | undefined
  findKey(kid: string): Key | undefined
  checkSeat: CheckSeat
}

/** Throws an `Error` that names the remedy. */
export function openSite(hubUrl: string, serversUrl: string, keys: Keys): Site {
  const [hub, servers] = [readOrigin('hub', hubUrl), readOrigin('servers', serversUrl)]
  if (hub.protocol !== servers.protocol) throw new Error('hub URL and servers URL must have the same scheme')
  if (hub.host === servers.host) throw new Error('hub URL and servers URL must differ, or servers could act as the hub')
  const scheme = hub.protocol === 'https:' ? 'https' : 'http'
  return {
    hubUrl,
    serversUrl,
    scheme,
    place(host) {
      const normal = normalHost(host, `${scheme}:`)
      return normal === hub.host ? 'hub' : normal === servers.host ? 'servers' : undefined
    },
    secretsOf: runSecrets(keys),
    findKey: (kid) => findKey(keys, kid),
    checkSeat: seatChecker(scheme === 'https'),
  }
}

function readOrigin(name: string, text: string): URL {
  const url = URL.parse(text)
  if (url?.origin !== text || !/^https?:$/.test(url.protocol) || text.includes('*')) {
    throw new Error(`the ${name} URL is an origin like https://${name}.example.org: no path, no slash at the end`)
  }
  return url
}
