/**
 * Reads what a gateway in front says about the person of a request: a program that has signed the person in and names
 * her in headers. What it says goes to the hub in one header of ours, and its own headers go nowhere.
 */
import { matchAddresses } from '../../net/address.ts'
import { canNamePeople } from '../../net/settings/gateway-header.ts'
import { headerValues } from '../http/headers.ts'

export interface Gateways {
  /**
   * Returns whether a header, named in lower case, is one in which gateways name people. Each sign but
   * letters and digits counts as `-`, since programs behind may take it so.
   */
  isTheirs(name: string): boolean
  /**
   * Returns the gateway's words for the hub; undefined where the connection comes from no gateway. Each header has all
   * of its values. Only the right spelling of a name counts.
   */
  wordsOf(request: RequestOfGateway): string | undefined
}

/** The part of a request that may come from a gateway. */
export interface RequestOfGateway {
  socket: { remoteAddress?: string | undefined }
  /** Names and values in turn, as sent. */
  rawHeaders: readonly string[]
}

export interface GatewaySettings {
  /** Addresses and networks of the gateways, as the proxy sees them connect. */
  gateways?: readonly string[] | undefined
  /** The names of the headers in which they name people. */
  gatewayHeaders?: readonly string[] | undefined
}

/** The longest words, in characters. The hub takes heads of 16 KiB in all. */
const longest = 6000

/** Throws an `Error` that names the remedy for settings that cannot be meant. */
export function gatewaysOf({ gateways = [], gatewayHeaders = [] }: GatewaySettings): Gateways {
  if ((gateways.length === 0) !== (gatewayHeaders.length === 0))
    throw new Error('gateways and the headers in which they name people come together: set both, or neither')
  const names = gatewayHeaders.map((name) => name.toLowerCase())
  for (const name of names) {
    if (canNamePeople(name)) continue
    throw new Error(`no gateway can name people in ${JSON.stringify(name)}: other requests need it, or it is no name`)
  }
  const spellings = new Set(names)
  const isGateway = matchAddresses(gateways, 'gateways')

  return {
    isTheirs: (name) => spellings.size > 0 && spellings.has(name.replace(/[^a-z0-9]/g, '-')),
    wordsOf({ socket, rawHeaders }) {
      const { remoteAddress } = socket
      if (spellings.size === 0 || remoteAddress === undefined || !isGateway(remoteAddress)) return undefined
      const headers = Object.fromEntries(
        names.map((name) => [name, headerValues(rawHeaders, name)] as const).filter(([, values]) => values.length > 0),
      )
      const words = encoded({ address: remoteAddress, headers })
      return words.length <= longest ? words : encoded({ address: remoteAddress, headers: 'too-long' })
    },
  }
}

function encoded(words: object): string {
  return Buffer.from(JSON.stringify(words)).toString('base64url')
}
