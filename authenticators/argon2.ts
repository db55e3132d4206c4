/** Hashes of passwords by argon2id. Each is stored with the parameters by which it was made. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { AuthenticationError } from './authenticator.ts'

interface Cost {
  /** In KiB. */
  memory: number
  passes: number
  parallelism: number
}

/**
 * The cost of a new hash: the least that OWASP recommends, about 25 ms of a processor and 19 MiB. When it rises, hashes of
 * lower cost stay good, and are made anew when their persons sign in.
 */
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const nonceBytes = 16
const tagBytes = 32
/** A hash as text, in the form of other programs: `$argon2id$v=19$m=19456,t=2,p=1$…$…`. */
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/

/** How many hashes are computed at once, and how many may wait: a flood of tries takes no more memory and processors. */
const atOnce = Math.min(2, Math.max(1, availableParallelism() - 1))
const mostWaiting = 1000
const waiting: (() => void)[] = []
let running = 0

const compute = promisify(argon2)
/** Stands for the hash of an account that does not exist, so that a try takes the same time there. */
const decoy = { cost, nonce: randomBytes(nonceBytes), tag: randomBytes(tagBytes) }

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(nonceBytes)
  const tag = await tagOf(password, nonce, cost)
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`
}

/** Says whether a password belongs to a hash. Without a hash the answer is no, and takes the same time. */
export async function isPasswordOf(password: string, stored: string | undefined): Promise<boolean> {
  const known = stored === undefined ? undefined : parse(stored)
  const { nonce, tag, cost } = known ?? decoy
  const isSame = timingSafeEqual(await tagOf(password, nonce, cost), tag)
  return isSame && known !== undefined
}

/** Says whether a hash was made with another cost than new ones. */
export function isOutdated(stored: string): boolean {
  const { memory, passes, parallelism } = parse(stored).cost
  return memory !== cost.memory || passes !== cost.passes || parallelism !== cost.parallelism
}

function parse(stored: string): { cost: Cost; nonce: Buffer; tag: Buffer } {
  const [, memory, passes, parallelism, nonce, tag] = form.exec(stored) ?? []
  if (nonce === undefined || tag === undefined) throw new Error('A stored hash of a password is not an argon2id hash.')
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

function tagOf(password: string, nonce: Buffer, { memory, passes, parallelism }: Cost): Promise<Buffer> {
  const message = password.normalize('NFC')
  return inTurn(() => compute('argon2id', { message, nonce, memory, passes, parallelism, tagLength: tagBytes }))
}

async function inTurn<T>(act: () => Promise<T>): Promise<T> {
  if (running < atOnce) running += 1
  else {
    if (waiting.length >= mostWaiting) {
      throw new AuthenticationError('Too many people are signing in just now. Wait half a minute, then try again.')
    }
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
  }
  try {
    return await act()
  } finally {
    // The place goes to the one that has waited longest, or is free.
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
