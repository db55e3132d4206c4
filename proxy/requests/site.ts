import type { Logger } from 'pino'
import { hostOf } from '../../net/endpoint.ts'
import { remembered } from '../../net/remembered.ts'
import { snapshotsLabel } from '../../seats/files/snapshots.ts'
import { staticLabelOf } from '../../seats/files/static-files.ts'
import {
  type HostScheme,
  hostScheme,
  isOwnMachine,
  labelOf,
  normalHost,
  plainHttpProblem,
  plainHttpWarning,
  publicUrlsProblem,
  serverOrigin,
  sharedHubWarning,
} from '../../seats/host.ts'
import type { KeyRing } from '../../seats/keys.ts'
import type { Access } from '../../seats/route.ts'
import { type RunSecrets, runSecrets } from '../../seats/run-secrets.ts'
import { type CheckSeat, seatChecker } from '../../seats/seat-check.ts'

/** The public origins from the proxy's own settings, and the keys and seat checks that guard the servers' origins. */
export interface Site {
  hubUrl: string
  /** The origin of servers' pages, perhaps with `*` in the place of the label. */
  serversUrl: string
  /** The host names that a certificate must cover: the hub's, and that of some server. */
  hostNames: string[]
  hosts: HostScheme
  scheme: 'http' | 'https'
  /** Whether browsers keep cookies with `Secure` for the servers' hosts: with https, and on their own machine. */
  isTrusted: boolean
  /** Says whether a host belongs to the hub, to servers, or to both; undefined for other hosts. */
  place(host: string): HostKind | undefined
  /** Returns the origin of a server's pages. */
  originOf(access: Access): string
  secretsOf(access: Access): RunSecrets | undefined
  keys: KeyRing
  checkSeat: CheckSeat
}

export type HostKind =
  | { whose: 'hub' }
  /** With a host for each server, `label` says which host was asked. */
  | { whose: 'servers'; label?: string }
  | { whose: 'both' }
  /** A host of static files, with its label. */
  | { whose: 'static'; label: string }
  /** The host of snapshots, where servers have hosts of their own. */
  | { whose: 'snapshots' }

/** The settings from which a site is made. */
export interface SiteSettings {
  hubs: readonly string[]
  hubUrl?: string | undefined
  serversUrl?: string | undefined
  shareHubOrigin?: boolean | undefined
  insecureHttp?: boolean | undefined
  tls?: object | undefined
  keys?: KeyRing | undefined
  /** Whether the operator has read the warnings about the hosts already. */
  isWarned?: boolean | undefined
  log: Logger
}

/**
 * Returns the site of these settings; undefined where they name neither origin. Throws an `Error` that names the remedy
 * where settings contradict each other, and logs a warning for settings that are allowed and unsafe.
 */
export function siteOf(settings: SiteSettings): Site | undefined {
  const { hubs, hubUrl, serversUrl, shareHubOrigin, insecureHttp, keys, tls, log } = settings
  const level = settings.isWarned ? 'info' : 'warn'
  if (hubUrl === undefined && serversUrl === undefined) return undefined
  if (hubUrl === undefined || serversUrl === undefined) throw new Error('hub URL and servers URL come together')
  if (keys === undefined) throw new Error('a proxy with a hub URL needs the keys that it shares with the hub')
  const site = openSite(hubUrl, serversUrl, keys, { shareHubOrigin, insecureHttp })
  if (tls !== undefined && site.scheme === 'http') {
    throw new Error('with a certificate browsers come in by https: hub URL and servers URL begin with https://')
  }
  if (site.hosts === 'hub') log[level](sharedHubWarning)
  const open = plainHttpWarning(hubUrl, serversUrl)
  if (open !== undefined) log[level](open)
  if (hubs.length === 0) throw new Error('a proxy with a hub URL needs a hub to reach')
  return site
}

function openSite(
  hubUrl: string,
  serversUrl: string,
  keys: KeyRing,
  { shareHubOrigin = false, insecureHttp = false }: Pick<SiteSettings, 'shareHubOrigin' | 'insecureHttp'>,
): Site {
  const scheme = readOrigin('hub', hubUrl).protocol === 'https:' ? 'https' : 'http'
  readOrigin('servers', serverOrigin(serversUrl, 'label'))
  const problem = publicUrlsProblem(hubUrl, serversUrl, shareHubOrigin)
  if (problem !== undefined) throw new Error(`the servers URL ${problem}`)
  const open = plainHttpProblem(hubUrl, serversUrl, insecureHttp)
  if (open !== undefined) throw new Error(open)
  const hosts = hostScheme(hubUrl, serversUrl)
  const newChecker = () => seatChecker({ ownHost: hosts === 'own', secure: scheme === 'https' })
  let checkSeat = newChecker()
  // Forgets the cookies that an earlier key of the same id let in.
  keys.onChange(() => {
    checkSeat = newChecker()
  })
  return {
    hubUrl,
    serversUrl,
    hostNames: [hubUrl, serverOrigin(serversUrl, 'label')].map(hostOf),
    hosts,
    scheme,
    isTrusted: scheme === 'https' || isOwnMachine(serversUrl),
    place: remembered((host): HostKind | undefined => {
      const origin = `${scheme}://${normalHost(host, `${scheme}:`)}`
      if (origin === hubUrl) return { whose: hosts === 'hub' ? 'both' : 'hub' }
      if (hosts !== 'own') return origin === serversUrl ? { whose: 'servers' } : undefined
      const label = labelOf(serversUrl, origin)
      if (label !== undefined) return { whose: 'servers', label }
      if (origin === serverOrigin(serversUrl, snapshotsLabel)) return { whose: 'snapshots' }
      const ofStatic = staticLabelOf(serversUrl, origin)
      return ofStatic === undefined ? undefined : { whose: 'static', label: ofStatic }
    }),
    originOf: (access) => (hosts === 'own' ? serverOrigin(serversUrl, access.label) : serversUrl),
    secretsOf: runSecrets(keys),
    keys,
    checkSeat: (...question) => checkSeat(...question),
  }
}

function readOrigin(name: string, text: string): URL {
  const url = URL.parse(text)
  if (url?.origin !== text || !/^https?:$/.test(url.protocol) || text.includes('*')) {
    throw new Error(`the ${name} URL is an origin like https://${name}.example.org: no path, no slash at the end`)
  }
  return url
}
