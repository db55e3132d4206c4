/** Finds the client of a request where the operator's own load balancers or TLS terminators stand before the proxy. */
import { matchAddresses, spelledIp } from '../../net/address.ts'

/** Returns the client's address. `forwardedFor` is the request's `X-Forwarded-For`. */
export type ClientOf = (remoteAddress: string | undefined, forwardedFor: string | undefined) => string

/** How many addresses of a list are followed. No site has so many proxies in a row. */
const hopsAtMost = 32

/**
 * Returns a function that finds a client's address behind trusted proxies. It walks the list of `X-Forwarded-For` from
 * its end, past further trusted proxies, to the first address that is not one of them. Earlier addresses are not
 * believed, because any client may have written them. `trustedProxies` are addresses and networks (`10.0.0.0/8`);
 * throws an `Error` that names one that is neither.
 */
export function clientBehind(trustedProxies: readonly string[] = []): ClientOf {
  const isTrusted = matchAddresses(trustedProxies)

  return (remoteAddress, forwardedFor) => {
    // A client on a unix socket has no address.
    if (remoteAddress === undefined) return 'unknown'
    let client = spelledIp(remoteAddress) ?? remoteAddress
    if (forwardedFor === undefined || !isTrusted(client)) return client
    for (const hop of forwardedFor.split(',').slice(-hopsAtMost).reverse()) {
      const address = spelledIp(withoutPort(hop.trim()))
      if (address === undefined) break
      client = address
      if (!isTrusted(client)) break
    }
    return client
  }
}

/** Returns the address without the client's port, which some proxies add: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(hop: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop
}
