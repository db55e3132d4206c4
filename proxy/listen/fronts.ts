/** Who a request is from, where load balancers or TLS terminators of the operator's own stand in front of the proxy. */
import { BlockList, isIP } from 'node:net'

/** The client's address. `forwardedFor`: the request's `X-Forwarded-For`. */
export type ClientOf = (remoteAddress: string | undefined, forwardedFor: string | undefined) => string

/** Beyond this many a list is not followed: no site has so many fronts in a row. */
const hopsAtMost = 32

/**
 * Only what a trusted front says is believed, and of that only its own word: the list is walked from its end, past
 * further trusted fronts, to the first address that is none. Whatever stands before it anybody may have written.
 * `fronts` are addresses and networks (`10.0.0.0/8`); throws an `Error` that names one that is neither.
 */
export function trustFronts(fronts: readonly string[] = []): ClientOf {
  const isTrusted = frontsAmong(fronts)

  return (remoteAddress, forwardedFor) => {
    // A client on a unix socket has no address.
    if (remoteAddress === undefined) return 'unknown'
    let client = plain(remoteAddress)
    if (forwardedFor === undefined || !isTrusted(client)) return client
    for (const hop of forwardedFor.split(',').slice(-hopsAtMost).reverse()) {
      const address = plain(withoutPort(hop.trim()))
      if (familyOf(address) === undefined) break
      client = address
      if (!isTrusted(client)) break
    }
    return client
  }
}

/** Whether an address is one of these fronts. */
export function frontsAmong(fronts: readonly string[] = []): (address: string) => boolean {
  const trusted = new BlockList()
  for (const front of fronts) {
    const [address = '', bits, ...rest] = front.split('/')
    const family = familyOf(address)
    const most = family === 'ipv4' ? 32 : 128
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
    if (family === undefined || !isNetwork || rest.length > 0) {
      throw new Error(
        `trusted fronts are addresses or networks like 10.0.0.0/8, and ${JSON.stringify(front)} is neither`,
      )
    }
    trusted.addSubnet(address, bits === undefined ? most : Number(bits), family)
  }
  return (address) => trusted.check(plain(address), familyOf(plain(address)))
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}

/** An IPv4 address as a listener for both families sees it is an IPv4 address. Scopes name interfaces of one machine. */
function plain(address: string): string {
  const unscoped = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(unscoped)?.[1]
  return mapped ?? unscoped
}

/** Some fronts add the client's port: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(hop: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop
}
