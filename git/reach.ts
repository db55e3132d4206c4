/** Which addresses git may reach: names are resolved here, and git connects to what was found and to nothing else. */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isOnInternet, matchAddresses, readRange } from '../net/address.ts'
import { codeOf } from '../net/error-code.ts'
import { GitError } from './git.ts'
import type { Remote } from './remote-url.ts'
import { unlessAborted } from './waiting.ts'

/** Returns all addresses of a host name. Rejects as `dns.lookup` does. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** Returns the addresses at which a repository may be asked, in the order in which they are tried. */
export type Reach = (remote: Remote, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Addresses at which clouds answer the machines inside them, secrets among it. A host that the rules name does not lead
 * there; only the address itself, or its network, in the rules does.
 */
const isMetadata = matchAddresses([
  ...['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  // IPv4 addresses among them, behind a translator.
  ...['64:ff9b::a9fe:0/112', '64:ff9b::6464:64c8', '64:ff9b::a83f:8110', '64:ff9b::c000:c0'],
])

const mostAddresses = 8

export const whatHostsAre = 'names, addresses or networks like 10.0.0.0/8'

/** Says whether a text is a rule for hosts. */
export function isHostRule(text: string): boolean {
  return readRange(text) !== undefined || /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?$/i.test(text)
}

/** Returns what says which addresses may be reached. Throws an `Error` for a rule that is neither a host nor a network. */
export function createReach(hosts: readonly string[], lookup: Lookup = lookUp): Reach {
  const networks = hosts.filter((host) => readRange(host) !== undefined)
  const names = new Set(hosts.filter((host) => !networks.includes(host)).map((host) => host.toLowerCase()))
  const odd = hosts.find((host) => !isHostRule(host))
  if (odd !== undefined) throw new Error(`hosts of git are ${whatHostsAre}, and ${JSON.stringify(odd)} is none`)
  const isListed = matchAddresses(networks, 'networks of git')
  return async ({ protocol, host }, signal) => {
    const isNamed = names.has(host)
    const found = isIP(host) === 0 ? await unlessAborted(signal, find(host, lookup)) : [host]
    const allowed = found.filter((ip) => isListed(ip) || (!isMetadata(ip) && (isNamed || isOnInternet(ip))))
    if (allowed.length === 0)
      throw new GitError(
        `${host} leads to an address that is not public, and the hub's git may not go there. If that is meant, the operator lists the host or its network among the hosts of git.`,
        { detail: found.slice(0, mostAddresses).join(', ') },
      )
    if (protocol === 'http' && !isNamed && !allowed.every(isListed))
      throw new GitError(
        `http:// is not encrypted. Write https://, or have the operator list ${host} among the hosts of git.`,
      )
    return allowed.slice(0, mostAddresses)
  }
}

async function lookUp(host: string): Promise<string[]> {
  const found = await systemLookup(host, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

async function find(host: string, lookup: Lookup): Promise<readonly string[]> {
  try {
    const found = (await lookup(host)).filter((address) => isIP(address) !== 0)
    if (found.length > 0) return found
  } catch (error) {
    if (codeOf(error) !== 'ENOTFOUND' && codeOf(error) !== 'ENODATA')
      throw new GitError(`The address of ${host} could not be found out: the name service did not answer.`, {
        detail: codeOf(error) ?? String(error),
        passes: true,
        cause: error,
      })
  }
  throw new GitError(`There is no host ${host}. Correct the name in the repository's address.`)
}
