import type { IncomingHttpHeaders } from 'node:http'

/**
 * A copy without what concerns one connection only (RFC 9110, 7.6.1), what `Connection` names included, and without
 * what `isDropped` says. Built name by name: an object from which names are deleted is slow ever after.
 */
export function endToEnd(
  headers: IncomingHttpHeaders,
  isDropped: (name: string) => boolean = () => false,
): IncomingHttpHeaders {
  const named = namedIn(headers.connection)
  const kept: IncomingHttpHeaders = {}
  for (const name of Object.keys(headers)) {
    // Nobody may have what frames the message removed, or it would differ from hop to hop.
    const isNamed = named.has(name) && !framing.has(name)
    if (!isNamed && !hopByHop.has(name) && !isDropped(name)) kept[name] = headers[name]
  }
  return kept
}

function namedIn(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return noNames
  return new Set(connection.toLowerCase().match(/[^,\s]+/g))
}

const noNames: ReadonlySet<string> = new Set()

const framing = new Set(['host', 'content-length', 'content-type', 'cookie', 'authorization', 'origin'])

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
