/** Which hosts hub and servers have. Their settings are two: the hub's origin, and one origin or wildcard for servers. */

/**
 * `own`: a host per server (`https://*.nb.example.org`), so that no server's script reads another's pages.
 * `shared`: one host for all servers. `hub`: one host for servers and hub, where a server's script can do whatever
 * its visitor can do at the hub.
 */
export type HostScheme = 'own' | 'shared' | 'hub'

export function hostScheme(hubUrl: string, serversUrl: string): HostScheme {
  if (isWildcard(serversUrl)) return 'own'
  return serversUrl === hubUrl ? 'hub' : 'shared'
}

/** The origin of a server's pages. `label` is the server's own, random and never given to another. */
export function serverOrigin(serversUrl: string, label: string): string {
  return serversUrl.replace('://*.', `://${label}.`)
}

/** The label in a host that the wildcard covers: one word, as hubs make them. Other words are no server's host. */
export function labelOf(serversUrl: string, origin: string): string | undefined {
  const [start = '', end = ''] = serversUrl.split('*', 2)
  if (!isWildcard(serversUrl) || !origin.startsWith(start) || !origin.endsWith(end)) return undefined
  const label = origin.slice(start.length, -end.length)
  return /^[a-z0-9]{8,32}$/.test(label) ? label : undefined
}

/** What is wrong with the servers URL beside this hub URL; each by itself is an origin, perhaps with `*.`. */
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

/** What whoever runs this should hear at each start, when servers and hub share a host. */
export const sharedHubWarning =
  "servers and hub share one origin: learners' code can do whatever its visitor can do at the hub. Give servers a host of their own as soon as you can"

/** The machine's own: 127.0.0.0/8, ::1, `localhost` and the names under it, which every browser takes for itself. */
export function isOwnMachine(url: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|(.*\.)?localhost)$/.test(new URL(serverOrigin(url, 'label')).hostname)
}

/**
 * Why these two may not be used as they are, where others reach them by http: browsers then send no `Sec-Fetch-*`, keep
 * cookies that any host beside them has set, and everybody on the way reads along.
 */
export function plainHttpProblem(hubUrl: string, serversUrl: string, insecureHttp: boolean): string | undefined {
  const open = openHttp(hubUrl, serversUrl)
  if (open === undefined || insecureHttp) return undefined
  return (
    `${open} is http under a name that others reach: whoever is on the way reads and changes all that learners do, and ` +
    'hosts beside it can sign people in as somebody else. Give it https, or accept that with insecureHttp'
  )
}

/** What whoever runs this should hear at each start, when others come in by http. */
export function plainHttpWarning(hubUrl: string, serversUrl: string): string | undefined {
  const open = openHttp(hubUrl, serversUrl)
  return open === undefined
    ? undefined
    : `${open} is http, as insecureHttp allows: whoever is on the way reads and changes all that learners do, and hosts beside it can sign people in as somebody else. Give it https as soon as you can`
}

function openHttp(hubUrl: string, serversUrl: string): string | undefined {
  return [hubUrl, serversUrl].find((url) => url.startsWith('http:') && !isOwnMachine(url))
}

/** A `Host` header's value as `new URL(…).host` would write it: lower case, without the scheme's own port. */
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
