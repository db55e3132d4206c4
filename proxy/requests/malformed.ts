import { say, type Text } from '../../words/text.ts'
import type { Exchange } from '../exchange.ts'
import { limits } from '../limits.ts'
import type { Fault } from '../replies/reply.ts'

/** Returns the fault of a request that two programs could read differently, or that no backend may get. */
export function malformed({ method, url, hosts, framing, upgrade, headers, version }: Exchange): Fault | undefined {
  if (version !== '1.1' && version !== '1.0') {
    return bad(505, 'version_unknown', say`The only versions of HTTP that are understood here are 1.1 and 1.0.`)
  }
  if (method === 'TRACE' || method === 'TRACK' || method === 'CONNECT') {
    return bad(405, 'method_refused', say`${method} is not supported here.`)
  }
  // Each name in this header costs a lookup. Node has limited the rest of the head before.
  if ((headers.connection?.length ?? 0) > limits.connectionHeader) {
    return bad(431, 'header_too_long', say`The Connection header is longer than any program needs.`)
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return bad(417, 'expectation_unknown', say`The only expectation that is understood here is 100-continue.`)
  }
  if (upgrade !== undefined && Object.keys(framing).length > 0) {
    return bad(400, 'body_refused', say`A request to become a WebSocket has no body.`)
  }
  if (headers.host === undefined || hosts.length !== 1)
    return bad(400, 'host_ambiguous', say`A request names exactly one host.`)
  if (!url.startsWith('/')) return bad(400, 'target_unclear', say`The request target is not a path.`)
  const encoding = framing['transfer-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    return bad(501, 'encoding_unknown', say`The only transfer encoding that is understood here is chunked.`)
  }
  if (version === '1.0' && encoding !== undefined) {
    return bad(400, 'encoding_unknown', say`HTTP/1.0 has no transfer encodings.`)
  }
  return undefined
}

function bad(status: number, code: string, message: Text): Fault {
  return { status, code, title: say`This request cannot be understood`, message }
}
