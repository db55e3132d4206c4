import { hash, randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { isSameSecret } from '../net/same-secret.ts'
import { hashPassword, isOutdated, isPasswordOf } from './argon2.ts'
import type { Accounts, AuthenticatorContext, Identity, PasswordAccount } from './authenticator.ts'
import { typedName } from './names.ts'

/** An account as it is stored, under `account:<name>`. All that a change of it needs is in this one entry. */
const storedSecret = z.strictObject({ hash: z.string(), ends: z.number() })
const storedAccount = z.strictObject({
  subject: z.string(),
  hash: z.string().optional(),
  /** Sets the password, once. */
  link: storedSecret.optional(),
  /** Signs in, once. */
  signIn: storedSecret.optional(),
})

type StoredAccount = z.output<typeof storedAccount>

const leastCharacters = 12
const mostCharacters = 1000
const prefix = 'account:'
/** Tries of a write that others come before. Each time one of the others has written. */
const mostTries = 50

/** The accounts of `password()`: names with argon2id hashes of their passwords, in the store of the authenticator. */
export interface KeptAccounts extends Accounts {
  authenticate(username: string, password: string): Promise<Identity | undefined>
}

export function keepAccounts({ store, now }: AuthenticatorContext): KeptAccounts {
  const read = async (name: string) => {
    const entry = await store.get(prefix + name)
    return entry && { account: storedAccount.parse(entry.value), version: entry.version }
  }

  /** Writes what `act` makes of the account as it is. Returns false when there is none, or `act` returns undefined. */
  const change = async (name: string, act: (account: StoredAccount) => StoredAccount | undefined): Promise<boolean> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await read(name)
      const changed = found && act(found.account)
      if (found === undefined || changed === undefined) return false
      if (await store.put(prefix + name, changed, found.version)) return true
    }
    throw new Error('An account is written by others all the time.')
  }

  /** Puts a new secret into the account, in the place of an earlier one. */
  const putSecret = async (name: string, seconds: number, kind: 'link' | 'signIn') => {
    const secret = randomBytes(32).toString('base64url')
    const kept = { hash: hashOf(secret), ends: (await now()) + Math.round(seconds * 1000) }
    return (await change(name, (account) => ({ ...account, [kind]: kept }))) ? { secret, ends: kept.ends } : undefined
  }

  /** Returns whether the account has this secret now. Reads both in any case, so that the time does not tell whether there is such an account. */
  const hasSecret = async (name: string, secret: string, kind: 'link' | 'signIn') => {
    const [found, at] = [await read(name), await now()]
    return found !== undefined && isGood(found.account[kind], secret, at)
  }

  return {
    async authenticate(username, typed) {
      const name = typedName(username)
      const password = typed.normalize('NFC')
      const found = await read(name ?? '')
      const isRight = await isPasswordOf(password.slice(0, mostCharacters), found?.account.hash)
      if (name === undefined || found === undefined || !isRight || password.length > mostCharacters) return undefined
      const { hash: stored = '', subject } = found.account
      if (isOutdated(stored)) {
        const hash = await hashPassword(password)
        // Another write may have come first, perhaps with another password: that one stays.
        await store.put(prefix + name, { ...found.account, hash }, found.version)
      }
      return { subject, name }
    },

    nameOf: typedName,
    passwordProblem,

    async find(name) {
      const found = await read(name)
      return found && present(name, found.account)
    },

    async list({ after, beginning = '', most }) {
      const behind = after === undefined ? undefined : prefix + after
      const entries = await store.list(prefix + beginning, { after: behind, most })
      return entries.map(({ key, value }) => present(key.slice(prefix.length), storedAccount.parse(value)))
    },

    add: (name) => store.put(prefix + name, { subject: randomUUID() } satisfies StoredAccount, undefined),

    async setPassword(name, password) {
      if ((await read(name)) === undefined) return false
      const hash = await hashPassword(password)
      return change(name, ({ subject }) => ({ subject, hash }))
    },

    makeLink: (name, seconds) => putSecret(name, seconds, 'link'),
    isLinkGood: (name, secret) => hasSecret(name, secret, 'link'),

    async useLink(name, secret, password) {
      const [found, at] = [await read(name), await now()]
      if (found === undefined || !isGood(found.account.link, secret, at)) return false
      const hash = await hashPassword(password)
      // The link is asked for again in the write that uses it up, so that of two at once only one gets through.
      return change(name, (account) =>
        isGood(account.link, secret, at) ? { subject: account.subject, hash } : undefined,
      )
    },

    makeSignIn: (name, seconds) => putSecret(name, seconds, 'signIn'),
    isSignInGood: (name, secret) => hasSecret(name, secret, 'signIn'),

    async useSignIn(name, secret) {
      const at = await now()
      let subject: string | undefined
      const isUsed = await change(name, ({ signIn, ...account }) => {
        subject = account.subject
        return isGood(signIn, secret, at) ? account : undefined
      })
      return isUsed && subject !== undefined ? { subject, name } : undefined
    },

    async remove(name) {
      for (let tries = 0; tries < mostTries; tries += 1) {
        const found = await read(name)
        if (found === undefined) return false
        if (await store.remove(prefix + name, found.version)) return true
      }
      throw new Error('An account is written by others all the time.')
    },
  }
}

function present(name: string, { subject, hash, link }: StoredAccount): PasswordAccount {
  return { name, subject, hasPassword: hash !== undefined, linkEnds: link?.ends }
}

function isGood(kept: StoredAccount['link'], secret: string, at: number): boolean {
  return kept !== undefined && at < kept.ends && isSameSecret(kept.hash, hashOf(secret))
}

function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex')
}

function passwordProblem(name: string, password: string): string | undefined {
  const normal = password.normalize('NFC')
  const characters = [...normal]
  if (characters.length < leastCharacters)
    return `A password has at least ${leastCharacters} characters. Take for example four words.`
  if (normal.length > mostCharacters) return `A password has at most ${mostCharacters} characters.`
  if (new Set(characters).size < 5)
    return 'This password repeats few characters, and is guessed at once. Take another one.'
  if (normal.toLowerCase() === name) return 'The password must not be the name.'
  return undefined
}
