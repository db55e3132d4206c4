/** Reads IP addresses, tells their kinds apart, and finds the networks in which they are counted. */
import { BlockList, isIP, isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

type Ip = ipaddr.IPv4 | ipaddr.IPv6

export interface Network {
  /** For example `192.0.2.7` or `2001:db8:1:2::/64`. */
  key: string
  /** How many times the allowance of one client the network has. */
  share: number
}

/** Networks from the narrowest to the widest. */
export type Networks = readonly [Network, ...Network[]]

/**
 * Returns the one spelling of an address; undefined for a text that is no address. An IPv4 address in IPv6 form, as a
 * listener for both families sees it, is spelled as IPv4. Zones are left out, since they name one machine's interfaces.
 */
export function spelledIp(text: string): string | undefined {
  return read(text)?.spelled
}

/**
 * Returns the networks in which an address is counted. In IPv6 a household has a whole /64, a customer of a provider
 * often a /56, and an organisation a /48, and an attacker may take another address from it for each request. So these
 * networks are counted too. The /56 and the /48 have the allowance of four and sixteen clients, since they may hold
 * other people. An IPv4 address is counted by itself, also in an IPv6 form. A text that is no address counts as one
 * client.
 */
export function networksOf(address: string): Networks {
  return read(address)?.networks ?? [{ key: address.slice(0, 64), share: 1 }]
}

/** Returns the narrowest network of an address, which stands for one client. For logs, and where nothing is limited. */
export function clientKey(address: string): string {
  return networksOf(address)[0].key
}

/** A network or a single address, in the form that `BlockList` takes. */
export interface Range {
  address: string
  bits: number
  family: 'ipv4' | 'ipv6'
}

/** Reads `10.0.0.0/8`, `fd00::/8` or an address; undefined for anything else. */
export function readRange(text: string): Range | undefined {
  const cidr = isIP(text) === 0 ? text : `${text}/${isIPv4(text) ? 32 : 128}`
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr) && !ipaddr.IPv6.isValidCIDR(cidr)) return undefined
  const [ip, bits] = ipaddr.parseCIDR(cidr)
  return { address: ip.toString(), bits, family: ip.kind() }
}

/**
 * Returns a function that says whether an address is one of these, or in one of these networks. Throws an `Error` that
 * names one that is neither; `what` says what they are.
 */
export function matchAddresses(ranges: readonly string[] = [], what = 'trusted proxies'): (address: string) => boolean {
  const list = new BlockList()
  for (const text of ranges) {
    const range = readRange(text)
    if (range === undefined)
      throw new Error(`${what} are addresses or networks like 10.0.0.0/8, and ${JSON.stringify(text)} is neither`)
    list.addSubnet(range.address, range.bits, range.family)
  }
  return (address) => {
    const spelled = spelledIp(address)
    return spelled !== undefined && list.check(spelled, isIPv4(spelled) ? 'ipv4' : 'ipv6')
  }
}

export function isLoopback(text: string): boolean {
  return rangeOf(text) === 'loopback'
}

/** Says whether a listener on this address takes connections to every address of the machine. */
export function isEverywhere(text: string): boolean {
  // The library calls all of 0.0.0.0/8 unspecified.
  return ['0.0.0.0', '::'].includes(spelledIp(text) ?? '')
}

export function isLinkLocal(text: string): boolean {
  return rangeOf(text) === 'linkLocal'
}

/** Says whether an address is one of the internet: neither loopback nor of a private, shared or link-local range. */
export function isPublic(text: string): boolean {
  const range = rangeOf(text)
  return range !== undefined && !ownRanges.includes(range)
}

/**
 * Says whether an address is surely one of the internet. Unlike `isPublic`, this function leaves out all that is reserved,
 * for many receivers at once, or leads through a tunnel. Of an address behind a translator the one inside counts.
 */
export function isOnInternet(text: string): boolean {
  const ip = read(text)?.ip
  if (ip === undefined) return false
  if (ip instanceof ipaddr.IPv4) return ip.range() === 'unicast'
  if (ip.match(translated)) return new ipaddr.IPv4(ip.toByteArray().slice(12)).range() === 'unicast'
  return ip.range() === 'unicast' && ip.match(global)
}

/** Returns an address at which this machine reaches its own listener on `ip`. */
export function callableIp(ip: string): string {
  return !isEverywhere(ip) ? ip : ip.includes(':') ? '::1' : '127.0.0.1'
}

const ownRanges = ['loopback', 'unspecified', 'private', 'uniqueLocal', 'carrierGradeNat', 'linkLocal']

function rangeOf(text: string): string | undefined {
  return read(text)?.ip.range()
}

interface ReadIp {
  ip: Ip
  spelled: string
  networks: Networks
}

/** Results for recent addresses. Reading an IPv6 address takes two microseconds, and a client sends many requests. */
const remembered = new Map<string, ReadIp>()
const rememberedAtMost = 1000

function read(text: string): ReadIp | undefined {
  const plain = text.includes('%') ? text.replace(/%.*$/s, '') : text
  const known = remembered.get(plain)
  if (known !== undefined) return known
  // The library also reads texts that other programs take for no address: `10.1`, `0x7f.1`.
  if (isIP(plain) === 0) return undefined
  // The library takes the old form `::192.0.2.7` for `::ffff:192.0.2.7`.
  const ip = ipaddr.process(plain.replace(/^::(?=\d+\.)/, '0::'))
  const found = { ip, spelled: ip.toString(), networks: networksAround(ip) }
  if (remembered.size >= rememberedAtMost) remembered.clear()
  remembered.set(plain, found)
  return found
}

function networksAround(ip: Ip): Networks {
  if (ip instanceof ipaddr.IPv4) return [{ key: ip.toString(), share: 1 }]
  if (ip.match(translated)) return networksAround(new ipaddr.IPv4(ip.toByteArray().slice(12)))
  const [a = 0, b = 0, c = 0, d = 0] = ip.parts
  const spelled = (...parts: number[]) => parts.map((part) => part.toString(16)).join(':')
  return [
    { key: `${spelled(a, b, c, d)}::/64`, share: 1 },
    { key: `${spelled(a, b, c, d & 0xff00)}::/56`, share: 4 },
    { key: `${spelled(a, b, c)}::/48`, share: 16 },
  ]
}

/** The prefix before IPv4 addresses that a translator on the way has put into IPv6 form. */
const translated = ipaddr.parseCIDR('64:ff9b::/96')
/** All IPv6 addresses that have been given out so far. */
const global = ipaddr.parseCIDR('2000::/3')
