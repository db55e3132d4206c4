/** What counts as one client in limits by address. */
import { isIPv6 } from 'node:net'

export interface Network {
  /** `192.0.2.7`, `2001:db8:1:2::/64`. */
  key: string
  /** How many times the allowance of one client it has. */
  share: number
}

/**
 * The networks that an address is counted in, the narrowest first. Of IPv6 a household has a whole /64, a customer of a
 * provider often a /56 and an organisation a /48, from which somebody may take an address for each request. So these are
 * counted too, with wider allowances, since they may hold other people: four and sixteen clients' worth. An IPv4 address
 * counts by itself, in whatever IPv6 form it comes; what is no address counts as one client.
 */
export function networksOf(address: string): [Network, ...Network[]] {
  const groups = groupsOf(address)
  if (groups === undefined) return [{ key: address.slice(0, 64), share: 1 }]
  const inner = embeddedIPv4(groups)
  if (inner !== undefined) return [{ key: inner, share: 1 }]
  const [a = 0, b = 0, c = 0, d = 0] = groups
  const spelled = (...parts: number[]) => parts.map((part) => part.toString(16)).join(':')
  return [
    { key: `${spelled(a, b, c, d)}::/64`, share: 1 },
    { key: `${spelled(a, b, c, d & 0xff00)}::/56`, share: 4 },
    { key: `${spelled(a, b, c)}::/48`, share: 16 },
  ]
}

/** The narrowest of them: one client, for logs and for what is not limited. */
export function clientKey(address: string): string {
  return networksOf(address)[0].key
}

/** The eight numbers of an IPv6 address; undefined for anything else. Zones name interfaces of one machine. */
function groupsOf(address: string): number[] | undefined {
  const plain = address.replace(/%.*$/s, '')
  if (!isIPv6(plain)) return undefined
  // A URL spells it in one way: numbers without leading zeros, the longest gap as `::`, no dots.
  const [front = '', back] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const parts = (text: string) => (text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16)))
  const [head, tail] = [parts(front), parts(back ?? '')]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** Of `::ffff:192.0.2.7` (a listener for both families) and `64:ff9b::192.0.2.7` (a translator on the way). */
function embeddedIPv4(groups: number[]): string | undefined {
  const prefix = groups.slice(0, 6).join(',')
  if (prefix !== [0, 0, 0, 0, 0, 0xffff].join(',') && prefix !== [0x64, 0xff9b, 0, 0, 0, 0].join(',')) return undefined
  const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff])
  return bytes.join('.')
}
