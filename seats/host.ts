/** A `Host` header's value as `new URL(…).host` would write it: lower case, without the scheme's own port. */
export function normalHost(host: string, scheme: 'http:' | 'https:'): string {
  const lower = host.trim().toLowerCase()
  const ownPort = scheme === 'https:' ? ':443' : ':80'
  return lower.endsWith(ownPort) ? lower.slice(0, -ownPort.length) : lower
}
