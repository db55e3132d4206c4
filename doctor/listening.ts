/** What this machine listens on, and under which addresses a server might meet it. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface Listening {
  address: string
  port: number
}

/** Empty where the system does not tell. */
export function listening(): Listening[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return parseListening(readFileSync(file, 'utf8'))
    } catch {
      return []
    }
  })
}

/** Lines of `/proc/net/tcp` whose state is LISTEN. Pure. */
export function parseListening(table: string): Listening[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === '0A' ? [{ address: readAddress(address), port: Number.parseInt(port, 16) }] : []
  })
}

/** The kernel writes words of four bytes, each of them backwards. */
function readAddress(hex: string): string {
  const bytes = Buffer.from(
    (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join('')).join(''),
    'hex',
  )
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.every((byte) => byte === 0)) return '::'
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1)
}

export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:7f')
}

export function isEverywhere(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

/** Of the internet: neither loopback nor of a private, shared or link-local range. */
export function isPublic(ip: string): boolean {
  if (isIP(ip) === 0 || isLoopback(ip) || isEverywhere(ip)) return false
  return !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab])/i.test(
    ip,
  )
}

/** This machine's own, without loopback and link-local ones. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.map(({ address }) => address).filter((address) => !isLoopback(address) && !/^fe[89ab]/i.test(address))
}
