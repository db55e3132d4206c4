/** What a run has to open one repository: a token in a header for its host, or a key in a file that goes with the run. */
import { Buffer } from 'node:buffer'
import { hash, scrypt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type GitCredentials, GitError, type GitSource } from './git.ts'
import type { Remote } from './remote-url.ts'
import type { GitSettings } from './settings.ts'

export interface Opening {
  settings: GitSettings
  env: Readonly<Record<string, string>>
  /** The value of the header `Authorization`, where there is one. */
  authorization?: string
  /** Replaces each secret in a text that others may see. */
  redact(text: string): string
}

/** Throws a `GitError` when the credentials are of a kind that the address does not take. */
export function checkCredentials({ protocol, host }: Remote, credentials: GitCredentials | undefined): void {
  if (protocol === 'ssh') {
    if (credentials === undefined || !('key' in credentials))
      throw new GitError(`${host} is asked by SSH, which needs a deploy key. Give one, or write the https:// address.`)
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(credentials.key))
      throw new GitError(
        'The deploy key is no private key. Give the text of the file that ssh-keygen wrote, the one without .pub.',
      )
    if (credentials.knownHosts.trim() === '')
      throw new GitError(
        `The host key of ${host} is not given. Give the lines that ssh-keyscan ${host} prints, once you have compared them.`,
      )
    return
  }
  if (credentials === undefined) return
  if ('key' in credentials)
    throw new GitError('A deploy key is for SSH. Write the address as ssh://git@host/path, or give a token.')
  const { token, user = '' } = credentials
  if (!/^[\x21-\x7e]+$/.test(token) || !/^[\x21-\x7e]*$/.test(user) || user.includes(':'))
    throw new GitError('The token has characters that no token has, such as a space at its end. Copy it again.')
}

/** Makes ready what opens the repository at these addresses, with files in `folder`, the folder in which git runs. */
export async function openWith(
  remote: Remote,
  credentials: GitCredentials | undefined,
  addresses: readonly string[],
  folder: string,
): Promise<Opening> {
  if (credentials !== undefined && 'key' in credentials) return openWithKey(remote, credentials, addresses, folder)
  const bracketed = remote.url.includes('[') ? `[${remote.host}]` : remote.host
  const pinned = addresses.map((ip) => (isIP(ip) === 6 ? `[${ip}]` : ip)).join(',')
  const settings: GitSettings = [
    [`protocol.${remote.protocol}.allow`, 'always'],
    // An address needs no pin, and curl takes none for one of IPv6.
    ...(isIP(remote.host) === 0 ? [['http.curloptResolve', `${remote.host}:${remote.port}:${pinned}`] as const] : []),
  ]
  const env = { GIT_ALLOW_PROTOCOL: remote.protocol }
  const authorization = authorizationOf(credentials)
  if (credentials === undefined || authorization === undefined) return { settings, env, redact: (text) => text }
  const header = `http.${remote.protocol}://${bracketed}:${remote.port}/.extraHeader`
  return {
    settings: [...settings, [header, `Authorization: ${authorization}`]],
    env,
    authorization,
    redact: (text) => text.replaceAll(credentials.token, '…').replaceAll(authorization.slice('Basic '.length), '…'),
  }
}

/** Returns the value of the header that opens a repository by HTTP; undefined without a token. */
export function authorizationOf(credentials: GitCredentials | undefined): string | undefined {
  if (credentials === undefined || 'key' in credentials) return undefined
  const pair = `${credentials.user ?? 'x-access-token'}:${credentials.token}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

async function openWithKey(
  { host, port, protocol }: Remote,
  { key, knownHosts }: { key: string; knownHosts: string },
  [address = host]: readonly string[],
  folder: string,
): Promise<Opening> {
  // OpenSSH reads no key without a line's end after it.
  const lines = (text: string) => `${text.replaceAll('\r\n', '\n').trimEnd()}\n`
  const options = { mode: 0o600, flag: 'wx' }
  await writeFile(join(folder, 'key'), lines(key), options)
  await writeFile(join(folder, 'known_hosts'), lines(knownHosts), options)
  const settings = {
    // The connection goes to the address that was looked at, and the host's key must be that of the name.
    HostName: address,
    HostKeyAlias: port === 22 ? host : `[${host}]:${port}`,
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: 'known_hosts',
    GlobalKnownHostsFile: '/dev/null',
    CheckHostIP: 'no',
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    CanonicalizeHostname: 'no',
    IdentityFile: 'key',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    BatchMode: 'yes',
    ProxyCommand: 'none',
    ProxyJump: 'none',
    ControlMaster: 'no',
    ControlPath: 'none',
    PermitLocalCommand: 'no',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    EscapeChar: 'none',
    ConnectTimeout: '15',
    ServerAliveInterval: '15',
  }
  const command = Object.entries(settings).map(([name, value]) => `-o ${name}=${value}`)
  return {
    settings: [[`protocol.${protocol}.allow`, 'always']],
    env: {
      GIT_ALLOW_PROTOCOL: protocol,
      GIT_SSH_VARIANT: 'ssh',
      GIT_SSH_COMMAND: [
        'ssh',
        '-F',
        '/dev/null',
        '-T',
        ...command.map((option) => option.replace(/[[\]]/g, '\\$&')),
      ].join(' '),
    },
    redact: (text) => text,
  }
}

const stretched = new Map<string, string>()

/**
 * Returns a name for what a repository is and what opens it, so that a mirror opens only to the credentials with which it was fetched. The name
 * tells nothing of the secret: a token that people have made up could be guessed from a plain hash.
 */
export async function nameOf({ url }: Remote, { credentials }: GitSource): Promise<string> {
  if (credentials === undefined) return hash('sha256', url).slice(0, 32)
  const secret = JSON.stringify([url, ...Object.entries(credentials).flat()])
  const known = stretched.get(secret)
  if (known !== undefined) return known
  const bytes = (await promisify(scrypt)(secret, 'carrel mirror', 16)) as Buffer
  const name = bytes.toString('hex')
  if (stretched.size >= 1000) stretched.clear()
  stretched.set(secret, name)
  return name
}
