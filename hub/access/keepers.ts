/** The authenticators of this hub that keep accounts. */
import type { Accounts, PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { say } from '../../words/text.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** An authenticator that keeps accounts. */
export interface Keeper {
  name: string
  accounts: Accounts
  /** Whether its persons become temporary users, so that none of them is a user of this hub. */
  isGate: boolean
}

export function keepersOf(hub: Hub): Keeper[] {
  return hub.config.authenticators.flatMap((one) => {
    const isGate = one.kind === 'temporary'
    const keeper: unknown = isGate ? one.behind : one
    return isKeeper(keeper) ? [{ name: keeper.name, accounts: keeper.accounts, isGate }] : []
  })
}

function isKeeper(one: unknown): one is PasswordAuthenticator & { accounts: Accounts } {
  return typeof one === 'object' && one !== null && 'accounts' in one && one.accounts !== undefined
}

/** Returns the authenticator of this name that keeps accounts, or the only one where none is named. Throws when there is none. */
export function keeperNamed(hub: Hub, named: string | undefined): Keeper {
  const all = keepersOf(hub)
  const names = all.map(({ name }) => name).join(', ')
  const [first, ...others] = named === undefined ? all : all.filter(({ name }) => name === named)
  if (first !== undefined && others.length === 0) return first
  if (all.length === 0) {
    throw new HttpError(
      404,
      'no_accounts',
      say`This hub keeps no accounts. Add password() to authenticators in the config to have some.`,
    )
  }
  throw new HttpError(
    400,
    'which_authenticator',
    say`Say which authenticator keeps the account. It is one of: ${names}.`,
  )
}

/** Returns the authenticator that keeps the user's account, if one does. */
export function keeperOf(hub: Hub, user: User): Keeper | undefined {
  return keepersOf(hub).find(({ name, isGate }) => name === user.authenticator && !isGate)
}
