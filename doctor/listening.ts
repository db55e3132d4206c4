/** What this machine listens on, and under which addresses a server might meet it. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { isLinkLocal, isLoopback } from '../net/address.ts'

export interface ListeningSocket {
  address: string
  port: number
}

/** Empty where the system does not tell. */
export function listening(): ListeningSocket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return parseListening(readFileSync(file, 'utf8'))
    } catch {
      return []
    }
  })
}

/** Lines of `/proc/net/tcp` whose state is LISTEN. Pure. */
export function parseListening(table: string): ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === '0A' ? [{ address: readAddress(address), port: Number.parseInt(port, 16) }] : []
  })
}

/** The kernel writes words of four bytes, each of them backwards. */
function readAddress(hex: string): string {
  return ipaddr.fromByteArray([...Buffer.from(hex, 'hex').swap32()]).toString()
}

/** This machine's own, without loopback and link-local ones. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  // An address of IPv6 that is link-local means nothing without its interface.
  const isMeant = ({ address, family }: (typeof all)[number]) =>
    !isLoopback(address) && !(family === 'IPv6' && isLinkLocal(address))
  return all.filter(isMeant).map(({ address }) => address)
}
