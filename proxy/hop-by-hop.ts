import type { IncomingHttpHeaders } from 'node:http'

/** A copy without what concerns one connection only (RFC 9110, 7.6.1), what `Connection` names included. */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = { ...headers }
  for (const name of headers.connection?.toLowerCase().split(',') ?? []) {
    // Nobody may have these removed, or what frames the message would differ from hop to hop.
    if (!framing.has(name.trim())) delete kept[name.trim()]
  }
  for (const name of hopByHop) delete kept[name]
  return kept
}

const framing = new Set(['host', 'content-length', 'content-type', 'cookie', 'authorization', 'origin'])

const hopByHop = [
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
]
