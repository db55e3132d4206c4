/** Reads the address of a repository strictly: what git would understand in another way than a reader does is refused. */
import { isIP, isIPv4 } from 'node:net'
import { spelledIp } from '../net/address.ts'
import { GitError } from './git.ts'

/** Where a repository is. */
export interface Remote {
  protocol: 'https' | 'http' | 'ssh'
  /** In lower case; an IPv6 address without brackets. */
  host: string
  port: number
  /** The address as git takes it. It holds no password. */
  url: string
}

const standardPorts = { https: 443, http: 80, ssh: 22 }

/** Returns where a repository is. Throws a `GitError` for any address that is not of one of the three forms. */
export function readRemote(text: string): Remote {
  // A space, a quotation mark, a backslash or a control character means different things to different programs.
  if (text.length > 1000 || !/^[\x21-\x7e]+$/.test(text) || /["'`\\<>^{}|$;]/.test(text))
    throw refuse(text, 'has characters that an address of a repository never has')
  const scheme = /^([a-z]+):\/\/(.*)$/is.exec(text)
  if (scheme === null) return readShort(text)
  const protocol = (scheme[1] ?? '').toLowerCase()
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh')
    throw refuse(text, `is of the kind ${protocol}://, which is not allowed`)
  const parts = /^(?:([^/@]*)@)?(\[[^\]/]*\]|[^/:@]*)(?::(\d{1,5}))?(\/[^?#]*)$/.exec(scheme[2] ?? '')
  if (parts === null) throw refuse(text, 'cannot be read')
  const [, user, written = '', port = String(standardPorts[protocol]), path = ''] = parts
  const host = readHost(text, written)
  const at = userOf(text, protocol, user)
  const number = Number(port)
  if (number < 1 || number > 65535) throw refuse(text, 'names a port that does not exist')
  const shown = isIP(host) === 6 ? `[${host}]` : host
  const where = number === standardPorts[protocol] ? shown : `${shown}:${number}`
  return { protocol, host, port: number, url: `${protocol}://${at}${where}${readPath(text, path)}` }
}

/** Returns why a text is no address of a repository, without a password that stands in it; undefined for one that is. */
export function problemOfAddress(text: string): string | undefined {
  try {
    readRemote(text)
    return undefined
  } catch (error) {
    if (error instanceof GitError) return error.message
    throw error
  }
}

/** Reads `git@host:path`. */
function readShort(text: string): Remote {
  const [, user, written = '', path = ''] = /^([^@:/]+)@([^@:/[\]]+):([^:]+)$/.exec(text) ?? []
  if (user === undefined) throw refuse(text, 'is no address of a repository on another machine')
  const host = readHost(text, written)
  if (path.startsWith('-')) throw refuse(text, 'has a path that begins with a hyphen')
  return { protocol: 'ssh', host, port: 22, url: `${userOf(text, 'ssh', user)}${host}:${readPath(text, path)}` }
}

function userOf(text: string, protocol: Remote['protocol'], user: string | undefined): string {
  if (user === undefined && protocol !== 'ssh') return ''
  if (protocol !== 'ssh')
    throw refuse(
      text,
      'holds a name or a secret before the @',
      'Leave it out of the address, and give the token by itself.',
    )
  if (user === undefined) throw refuse(text, 'names no user before the host', 'Most hosts want git@.')
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user))
    throw refuse(text, 'has a user that is more than a name', 'A password in an address is not allowed.')
  return `${user}@`
}

/** A host name or an address in its usual spelling. Other spellings of addresses, such as `0x7f.1`, are refused. */
function readHost(text: string, written: string): string {
  if (written.startsWith('[')) {
    const inside = written.slice(1, -1)
    if (isIP(inside) !== 6 || inside.includes('%')) throw refuse(text, 'has no IPv6 address in its brackets')
    return spelledIp(inside) ?? inside
  }
  const host = written.toLowerCase()
  if (isIPv4(host)) return host
  const labels = host.split('.')
  const isName = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  if (!isName || host.length > 253) throw refuse(text, 'has no host name')
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) throw refuse(text, 'has an address in an unusual spelling')
  return host
}

function readPath(text: string, path: string): string {
  if (/^\/*$/.test(path)) throw refuse(text, 'has no path')
  if (path.split('/').some((part) => part === '.' || part === '..')) throw refuse(text, 'has “.” or “..” in its path')
  if (/%(?![0-9a-f]{2})|%(?:[01]|2[ef]|7f)/i.test(path)) throw refuse(text, 'has an escape that no path needs')
  return path
}

/** An address may hold a secret, so that no message repeats what stands before an @. */
function refuse(text: string, why: string, remedy?: string): GitError {
  const shown = text.replace(/[^\x21-\x7e]/g, '�').replace(/^([a-z]+:\/\/)?.*@/is, '$1…@')
  const forms = /^https?:/i.test(text) ? '' : ', ssh://git@host/path or git@host:path'
  return new GitError(
    `The address ${JSON.stringify(shown.slice(0, 200))} ${why}. ${remedy ?? `Write https://host/path${forms}.`}`,
  )
}
