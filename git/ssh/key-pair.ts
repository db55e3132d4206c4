/** Pairs of keys that open repositories by SSH: made here, or handed in. */
import { Buffer } from 'node:buffer'
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import { codeOf } from '../../net/error-code.ts'
import { GitError } from '../git.ts'
import { field, type PublicKey, publicKeyOf } from './public-key.ts'

export interface KeyPair {
  /** The private half as a file that ssh reads. */
  text: string
  publicKey: PublicKey
}

/** Longer than the longest key of RSA. */
const longest = 20_000

const magic = Buffer.from('openssh-key-v1\0')

/** Makes a pair of Ed25519. `comment` stands in the private half only. */
export function makeKeyPair(comment: string): KeyPair {
  return ed25519Pair(generateKeyPairSync('ed25519').privateKey, comment)
}

/**
 * Reads a private key as ssh-keygen, openssl or a host writes it. Throws a `GitError` for one that has a passphrase, since no one types
 * that at a hub, and for all that is no private key; no message repeats any of it.
 */
export function readKeyPair(given: string): KeyPair {
  if (given.length > longest) throw noKey()
  const text = `${given.replaceAll('\r\n', '\n').trim()}\n`
  const [, kind, body = ''] = /^-----BEGIN ([A-Z0-9 ]+)-----\n([\s\S]+)\n-----END \1-----\n$/.exec(text) ?? []
  if (kind === 'OPENSSH PRIVATE KEY') return readOpenSsh(text, body)
  if (/^PuTTY-User-Key-File/.test(text))
    throw new GitError(
      'This is a key of PuTTY. Write it in the form of OpenSSH: puttygen KEY -O private-openssh -o FILE, and give that file.',
    )
  if (/^(?:ssh-|ecdsa-|sk-)\S+ /.test(text))
    throw new GitError('This is the public half of a key. Give the file without .pub, and the public half to the host.')
  if (kind === undefined || !kind.endsWith('PRIVATE KEY')) throw noKey()
  if (kind.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body)) throw withPassphrase()
  return readPem(text)
}

/** Reads the form of OpenSSH, in which the public half stands unencrypted. */
function readOpenSsh(text: string, body: string): KeyPair {
  const bytes = Buffer.from(body.replaceAll('\n', ''), 'base64')
  if (!bytes.subarray(0, magic.length).equals(magic)) throw noKey()
  const read = fieldsIn(bytes.subarray(magic.length))
  const [cipher, kdf] = [read.next().toString('latin1'), read.next().toString('latin1')]
  read.next()
  if (cipher !== 'none' || kdf !== 'none') throw withPassphrase()
  if (read.number() !== 1) throw noKey()
  const publicKey = publicKeyOf(read.next())
  const inside = fieldsIn(read.next())
  if (publicKey === undefined)
    throw new GitError(
      'This key is of a kind that needs a device, or that is too old. Make one: ssh-keygen -t ed25519 -N "".',
    )
  const checks = [inside.number(), inside.number()]
  if (checks[0] !== checks[1] || inside.next().toString('latin1') !== publicKey.type) throw noKey()
  return { text, publicKey }
}

function fieldsIn(bytes: Buffer): { next(): Buffer; number(): number } {
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) throw noKey()
    at += length
    return bytes.subarray(at - length, at)
  }
  const number = () => take(4).readUInt32BE(0)
  return { number, next: () => take(number()) }
}

function readPem(text: string): KeyPair {
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch (error) {
    throw codeOf(error) === 'ERR_MISSING_PASSPHRASE' ? withPassphrase() : noKey()
  }
  // OpenSSH reads Ed25519 in a form of its own only.
  if (key.asymmetricKeyType === 'ed25519') return ed25519Pair(key, '')
  const publicKey = publicKeyOf(blobOf(key.asymmetricKeyType, key.export({ format: 'jwk' })))
  if (publicKey === undefined) throw noKey()
  return { text, publicKey }
}

function ed25519Pair(key: KeyObject, comment: string): KeyPair {
  const { x = '', d = '' } = key.export({ format: 'jwk' })
  const [half, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')]
  const type = 'ssh-ed25519'
  const blob = Buffer.concat([field(type), field(half)])
  const check = randomBytes(4)
  const inside = Buffer.concat([check, check, blob, field(Buffer.concat([seed, half])), field(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (inside.length % 8)) % 8 }, (_, index) => index + 1))
  const one = Buffer.from([0, 0, 0, 1])
  const whole = [
    magic,
    field('none'),
    field('none'),
    field(''),
    one,
    field(blob),
    field(Buffer.concat([inside, padding])),
  ]
  const lines =
    Buffer.concat(whole)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  const mark = (word: string) => `-----${word} OPENSSH PRIVATE KEY-----`
  return { text: `${[mark('BEGIN'), ...lines, mark('END')].join('\n')}\n`, publicKey: { type, blob } }
}

const curves: Record<string, string> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }

/** Returns the public half of a key of RSA or of elliptic curves in SSH's form; an empty one for all others. */
function blobOf(kind: string | undefined, { n = '', e = '', crv = '', x = '', y = '' }: JsonWebKey): Buffer {
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  if (kind === 'rsa') return Buffer.concat([field('ssh-rsa'), field(positive(bytes(e))), field(positive(bytes(n)))])
  const curve = curves[crv]
  if (kind !== 'ec' || curve === undefined) return Buffer.alloc(0)
  const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)])
  return Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point)])
}

/** A first bit that is set would make a number negative. */
function positive(number: Buffer): Buffer {
  return (number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number
}

function withPassphrase(): GitError {
  return new GitError(
    'This key has a passphrase, which no one could type at the hub. Make a pair for this repository alone, or take the passphrase out of a copy: ssh-keygen -p -N "" -f FILE.',
  )
}

function noKey(): GitError {
  return new GitError(
    'This is no private key. Give the whole text of the file that ssh-keygen wrote, the one without .pub.',
  )
}
