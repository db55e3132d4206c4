/** The keys by which a host of SSH is known: as known_hosts has them, and as the host shows them now. */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { type GitCredentials, GitError } from '../git.ts'
import { runGit } from '../process.ts'
import type { Reach } from '../reach.ts'
import { type Remote, readRemote } from '../remote-url.ts'
import { fingerprintOf, type PublicKey, readPublicKey, written } from './public-key.ts'

/** A host takes no more kinds of keys than these. */
const mostKeys = 16

/** Returns the name of a host and its port as lines of known_hosts have it. */
export function nameInKnownHosts({ host, port }: Pick<Remote, 'host' | 'port'>): string {
  return port === 22 ? host : `[${host}]:${port}`
}

/** Writes keys of a host as lines of known_hosts. */
export function knownHostsOf(remote: Pick<Remote, 'host' | 'port'>, keys: readonly PublicKey[]): string {
  return keys.map((key) => `${nameInKnownHosts(remote)} ${written(key)}\n`).join('')
}

/**
 * Returns the keys that lines of known_hosts have for a host; lines of other hosts count for nothing. Throws a `GitError` where there is
 * none, and for a line that would let others vouch for the host.
 */
export function readKnownHosts(text: string, remote: Pick<Remote, 'host' | 'port'>): PublicKey[] {
  const name = nameInKnownHosts(remote)
  const found = new Map<string, PublicKey>()
  for (const line of text.slice(0, 200_000).split(/\r?\n/)) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]?.startsWith('#')) continue
    const [hosts = '', type = '', base64 = ''] = words
    if (hosts.startsWith('@')) {
      if (namesHost(type, name))
        throw new GitError(
          `A line begins with ${hosts.slice(0, 30)}, which is not taken here. Give the host's own keys.`,
        )
      continue
    }
    if (!namesHost(hosts, name)) continue
    const key = readPublicKey(type, base64)
    if (key !== undefined) found.set(fingerprintOf(key), key)
  }
  if (found.size === 0)
    throw new GitError(
      `None of these lines has a key of ${name}. Give the lines that ssh-keyscan ${remote.port === 22 ? '' : `-p ${remote.port} `}${remote.host} prints, once you have compared them.`,
    )
  return [...found.values()].slice(0, mostKeys)
}

/** Returns the fingerprints of the keys by which credentials know their host. */
export function fingerprintsIn(credentials: GitCredentials | undefined): string[] {
  const lines = credentials !== undefined && 'knownHosts' in credentials ? credentials.knownHosts.split('\n') : []
  return lines.flatMap((line) => {
    const [, type = '', base64 = ''] = line.trim().split(/\s+/)
    const key = readPublicKey(type, base64)
    return key === undefined ? [] : [fingerprintOf(key)]
  })
}

function namesHost(hosts: string, name: string): boolean {
  const [, salt, digest] = /^\|1\|([A-Za-z0-9+/=]{1,64})\|([A-Za-z0-9+/=]{1,64})$/.exec(hosts) ?? []
  if (salt === undefined) return hosts.split(',').some((one) => one.toLowerCase() === name)
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest
}

/**
 * Asks a host for its keys, without any of ours, at an address that the rules allow. What it answers is worth nothing until a person has compared
 * the fingerprints. Throws a `GitError` where it does not answer.
 */
export async function askForHostKeys(reach: Reach, url: string, signal: AbortSignal): Promise<PublicKey[]> {
  const remote = readRemote(url)
  if (remote.protocol !== 'ssh') throw new GitError('Only hosts that are asked by SSH have such keys.')
  for (const address of await reach(remote, signal)) {
    const args = ['-T', '10', '-p', String(remote.port), '-t', 'ed25519,ecdsa,rsa', '--', address]
    const { wrote } = await runGit({ program: 'ssh-keyscan', args, cwd: '/', signal, maxBytes: 100_000 })
    const lines = wrote.toString('latin1').split('\n')
    const keys = lines.flatMap((line) => {
      const [, type = '', base64 = ''] = line.trim().split(' ')
      return readPublicKey(type, base64) ?? []
    })
    if (keys.length > 0) return keys.slice(0, mostKeys)
  }
  const message = `${remote.host} shows no host key on port ${remote.port}. Look whether it is asked by SSH there, or try again later.`
  throw new GitError(message, { passes: true })
}
