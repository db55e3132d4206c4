import type { IncomingHttpHeaders } from 'node:http'

/**
 * Returns a copy without the headers that concern one connection only (RFC 9110, 7.6.1), including those that
 * `Connection` names, and without those that `isDropped` selects. The copy is built name by name, because an object
 * from which names are deleted stays slow.
 */
export function endToEnd(
  headers: IncomingHttpHeaders,
  isDropped: (name: string) => boolean = () => false,
): IncomingHttpHeaders {
  const named = namedIn(headers.connection)
  const kept: IncomingHttpHeaders = {}
  for (const name of Object.keys(headers)) {
    // `Connection` cannot remove the headers that frame or identify a message, which would then differ between hops.
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
