/** The sockets on which this machine listens, and the addresses by which a server might reach it. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { isLinkLocal, isLoopback } from '../net/address.ts'

export interface ListeningSocket {
  address: string
  port: number
}

/** Returns the listening TCP sockets. Empty on a system that does not show them. */
export function listening(): ListeningSocket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return parseListening(readFileSync(file, 'utf8'))
    } catch {
      return []
    }
  })
}

/** Returns the sockets of a `/proc/net/tcp` whose state is LISTEN. Pure. */
export function parseListening(table: string): ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === '0A' ? [{ address: readAddress(address), port: Number.parseInt(port, 16) }] : []
  })
}

/** Reads an address, which the kernel writes in words of four bytes, each of them backwards. */
function readAddress(hex: string): string {
  return ipaddr.fromByteArray([...Buffer.from(hex, 'hex').swap32()]).toString()
}

/** Returns this machine's addresses without loopback and, of IPv6, link-local ones. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  // A link-local address of IPv6 means nothing without its interface.
  const isMeant = ({ address, family }: (typeof all)[number]) =>
    !isLoopback(address) && !(family === 'IPv6' && isLinkLocal(address))
  return all.filter(isMeant).map(({ address }) => address)
}
