/** The hosts of hub and servers. Two settings name them: the hub's origin, and an origin or a wildcard for servers. */
import { coversOrigin } from '../net/origins.ts'

/**
 * Which hosts servers have.
 * - `own`: a host for each server (`https://*.nb.example.org`), so that no server's script reads another one's pages.
 * - `shared`: one host for all servers.
 * - `hub`: one host for servers and hub, where a server's script can do everything that its visitor can do at the hub.
 */
export type HostScheme = 'own' | 'shared' | 'hub'

export function hostScheme(hubUrl: string, serversUrl: string): HostScheme {
  if (isWildcard(serversUrl)) return 'own'
  return serversUrl === hubUrl ? 'hub' : 'shared'
}

/** Returns the origin of a server's pages. `label` is the server's own, random, and never given to another server. */
export function serverOrigin(serversUrl: string, label: string): string {
  return serversUrl.replace('://*.', `://${label}.`)
}

/**
 * Returns whether browsers seem to count two origins to one site, so that a connection which a page of one opens early
 * serves a page of the other. They know which names strangers share, such as `co.uk`; below such a name this is wrong, and
 * the early connection is of no use.
 */
export function areNeighbours(one: string, other: string): boolean {
  const [first, second] = [new URL(one), new URL(other)]
  const site = siteOf(first.hostname)
  return first.protocol === second.protocol && site !== undefined && site === siteOf(second.hostname)
}

function siteOf(hostname: string): string | undefined {
  return /(?:^|\.)([^.]+\.[^.]*[^.\d][^.]*)$/.exec(hostname)?.[1]
}

/** Returns the label in an origin that the wildcard covers; undefined for a text that no hub makes as a label. */
export function labelOf(serversUrl: string, origin: string): string | undefined {
  const [start = '', end = ''] = serversUrl.split('*', 2)
  if (!isWildcard(serversUrl) || !origin.startsWith(start) || !origin.endsWith(end)) return undefined
  const label = origin.slice(start.length, -end.length)
  return /^[a-z0-9]{8,32}$/.test(label) ? label : undefined
}

/**
 * Returns whether an origin, or a pattern of origins, covers the host of some learner's server. With a wildcard for servers,
 * a name that no server has counts too when it stands below the servers' name.
 */
export function coversServers(serversUrl: string, pattern: string): boolean {
  if (!isWildcard(serversUrl)) return coversOrigin(pattern, serversUrl)
  if (coversOrigin(pattern, serversUrl)) return true
  return pattern.includes('*') ? coversOrigin(serversUrl, pattern) : labelOf(serversUrl, pattern) !== undefined
}

/** Returns what is wrong with this pair of URLs. Each alone must be an origin, the servers URL perhaps with `*.`. */
export function publicUrlsProblem(hubUrl: string, serversUrl: string, shareHubOrigin: boolean): string | undefined {
  const [hub, servers] = [new URL(hubUrl), new URL(serverOrigin(serversUrl, 'label'))]
  if (hub.protocol !== servers.protocol) return 'must have the same scheme as the hub URL'
  if (isWildcard(serversUrl) && parentOf(hub.host) === parentOf(servers.host)) {
    return 'covers the hub URL too: give the hub a name that * does not stand for'
  }
  const isSame = hostScheme(hubUrl, serversUrl) === 'hub'
  if (isSame && !shareHubOrigin) {
    return (
      "must differ from the hub URL: learners' code would act as the hub's own pages. Give servers a name of their " +
      'own, or accept that with shareHubOrigin'
    )
  }
  if (!isSame && shareHubOrigin) {
    return 'must equal the hub URL, because shareHubOrigin is on. Better: leave shareHubOrigin out'
  }
  return undefined
}

/** The warning for the operator at each start where servers and hub share a host. */
export const sharedHubWarning =
  "servers and hub share one origin: learners' code can do whatever its visitor can do at the hub. Give servers a host of their own as soon as you can"

/**
 * Says whether a URL leads to the browser's own machine: 127.0.0.0/8, ::1, `localhost` and the names under it, which
 * every browser resolves to itself.
 */
export function isOwnMachine(url: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|(.*\.)?localhost)$/.test(new URL(serverOrigin(url, 'label')).hostname)
}

/**
 * Returns why these URLs may not be used: one of them is http under a name that other machines reach, and
 * `insecureHttp` is off. By http browsers send no `Sec-Fetch-*` and keep cookies that neighbouring hosts have set, and
 * everyone on the way can read along.
 */
export function plainHttpProblem(hubUrl: string, serversUrl: string, insecureHttp: boolean): string | undefined {
  const open = openHttp(hubUrl, serversUrl)
  if (open === undefined || insecureHttp) return undefined
  return (
    `${open} is http under a name that others reach: anyone on the way can read and change all that learners do, and ` +
    'hosts beside it can sign people in as somebody else. Give it https, or accept that with insecureHttp'
  )
}

/** Returns the warning for the operator at each start where other machines reach the URLs by http. */
export function plainHttpWarning(hubUrl: string, serversUrl: string): string | undefined {
  const open = openHttp(hubUrl, serversUrl)
  return open === undefined
    ? undefined
    : `${open} is http, as insecureHttp allows: anyone on the way can read and change all that learners do, and hosts beside it can sign people in as somebody else. Give it https as soon as you can`
}

/**
 * Says whether no frame of another site can show this hub: it is reached by http over a network, where browsers keep no
 * cookies of a frame and do not say on which page a link stands.
 */
export function framesNeedHttps(hubUrl: string): boolean {
  return hubUrl.startsWith('http:') && !isOwnMachine(hubUrl)
}

function openHttp(hubUrl: string, serversUrl: string): string | undefined {
  return [hubUrl, serversUrl].find((url) => url.startsWith('http:') && !isOwnMachine(url))
}

/** Returns a `Host` header's value as `new URL(…).host` writes it: in lower case, without the scheme's own port. */
export function normalHost(host: string, scheme: 'http:' | 'https:'): string {
  const lower = host.trim().toLowerCase()
  const ownPort = scheme === 'https:' ? ':443' : ':80'
  return lower.endsWith(ownPort) ? lower.slice(0, -ownPort.length) : lower
}

function isWildcard(serversUrl: string): boolean {
  return serversUrl.includes('://*.')
}

function parentOf(host: string): string | undefined {
  return host.includes('.') ? host.slice(host.indexOf('.') + 1) : undefined
}
