import { z } from 'zod'
import { readSettings } from '../net/settings/read.ts'
import type { PasswordAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel } from './names.ts'
import { keepAccounts } from './password-accounts.ts'
import { letInBy } from './shared-password.ts'

/**
 * Lets people in by passwords that Carrel itself knows.
 *
 * `password()` has an account for each person. Admins make them, by `carrel user add` or at `/hub/admin/accounts`, and hand
 * out links by which the persons set their passwords. Only argon2id hashes are kept.
 *
 * `password({ shared })` lets in everyone who knows one password, for a class or a workshop. Each person chooses a name.
 * The name proves nothing: who knows the password can open the notebooks of every name. So the hub gives these names no
 * role, and no one shares a notebook with them. Behind `temporary({ behind: password({ shared }) })` no name is asked
 * for, and each browser gets a user of its own.
 */
export function password(input: PasswordOptions = {}): PasswordAuthenticator {
  // An option that is there without a value is a variable that is missing, and must not open accounts instead.
  return Object.hasOwn(Object(input), 'shared') ? withSharedPassword(input) : withAccounts(input)
}

function withAccounts(input: PasswordOptions): PasswordAuthenticator {
  const { settings, refusal } = readSettings(accountOptions, input)
  if (refusal !== undefined) return refused(refusal)
  const itself = { kind: 'password' as const, ...settings, settings: () => ({ given: input, effective: settings }) }
  return {
    ...itself,
    open(context) {
      const { authenticate, ...accounts } = keepAccounts(context)
      return { ...itself, authenticate, accounts }
    },
    authenticate: () => Promise.reject(new Error('password() was asked before it was opened.')),
  }
}

function withSharedPassword(input: PasswordOptions): PasswordAuthenticator {
  const { settings, refusal } = readSettings(sharedOptions, input)
  if (refusal !== undefined) return refused(refusal)
  const { shared, name, label } = settings
  return { kind: 'password', name, label, ...letInBy(shared), settings: () => ({ given: input, effective: settings }) }
}

function refused(refusal: Error): PasswordAuthenticator {
  return { kind: 'password', name: 'password', label: '', refusal, authenticate: async () => undefined }
}

const accountOptions = z.strictObject({
  /** Name of the authenticator, part of each account's key: a new name means new accounts. */
  name: authenticatorName.default('password'),
  label: buttonLabel.default('Sign in'),
})

const sharedOptions = accountOptions.extend({
  /** The password that all of them know, from the environment: `password({ shared: process.env.CLASS_PASSWORD })`. */
  shared: z
    .string('is the password that everyone knows: set the environment variable from which it comes')
    .min(1, 'is empty: set the environment variable from which it comes')
    .max(1000),
})

/** As a config writes them: a variable of the environment may be missing, which is told with the other problems. */
export type PasswordOptions = z.input<typeof accountOptions> & { shared?: string | undefined }
