/** What admins and persons do with the accounts that an authenticator of this hub keeps. */
import { say } from '../../words/text.ts'
import { addEvent, type EventKind } from '../db/events.ts'
import type { Precondition } from '../db/sessions.ts'
import { chosenPrefix, findUserByName, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import { endOpen, removeUserNow } from './ending.ts'
import type { Keeper } from './keepers.ts'
import { makeUsers } from './new-users.ts'

/** An admin who acts, or the machine's operator, with whether the right to act still holds. */
export interface AccountAdmin {
  id: string
  precondition: Precondition
}

/** A link by which a person sets a password, or comes in, once. Shown to the one who made it, and kept nowhere. */
export interface PasswordLink {
  name: string
  link: string
  /** In milliseconds since 1970. */
  ends: number
}

/** How long a link is good: over a weekend. */
export const passwordLinkSeconds = 72 * 3600
/** How long a link is good that signs in by itself: until its reader has got to the browser. */
export const signInLinkSeconds = 15 * 60
/** The most accounts that one request makes. */
export const accountsAtOnce = 100
export const passwordLinkPath = '/hub/new-password'
export const signInLinkPath = '/hub/sign-in-link'

/**
 * Makes an account for each name that has none, and a link for each new one by which its person sets the password. Where
 * a name cannot be, or belongs to another way in, none is made. A hub that dies on the way leaves accounts without a
 * link, and the same request made again names them as existing.
 */
export async function addAccounts(
  hub: Hub,
  keeper: Keeper,
  typed: string[],
  by: AccountAdmin,
): Promise<{ added: PasswordLink[]; existing: string[] }> {
  const names = [...new Set(typed.map((one) => keeper.accounts.nameOf(one) ?? refuseName(one)))]
  if (!keeper.isGate) await reserve(hub, keeper, names, by)
  const added: PasswordLink[] = []
  const existing: string[] = []
  for (const name of names) {
    if (await keeper.accounts.add(name)) {
      await note(hub, keeper, name, 'account-made', by)
      added.push(await makePasswordLink(hub, keeper, name, by))
    } else existing.push(name)
  }
  return { added, existing }
}

function refuseName(typed: string): never {
  throw new HttpError(
    400,
    'bad_names',
    say`${JSON.stringify(typed.slice(0, 40))} cannot be the name of an account. A name has up to 64 letters and digits; . _ - + and @ may stand inside. No account was made.`,
  )
}

/** Keeps the names for this authenticator. Throws when one belongs to a user who comes in another way. */
async function reserve(hub: Hub, keeper: Keeper, names: string[], by: AccountAdmin): Promise<void> {
  for (const name of names) {
    const user = await findUserByName(hub.db, name)
    if (user === undefined || isKeptBy(keeper, user)) continue
    throw new HttpError(
      409,
      'name_taken',
      say`${name} is already a user here, who comes in by "${user.authenticator}". Take another name, or remove that user first. No account was made.`,
    )
  }
  await makeUsers(hub, { names, authenticator: keeper.name, by, precondition: by.precondition })
}

/** Makes a link by which the person sets the password once. The old password stays good until then. */
export async function makePasswordLink(
  hub: Hub,
  keeper: Keeper,
  name: string,
  by: AccountAdmin,
): Promise<PasswordLink> {
  const made = await keeper.accounts.makeLink(name, passwordLinkSeconds)
  if (made === undefined) throw unknownAccount(name)
  await note(hub, keeper, name, 'account-link-made', by)
  return passwordLink(hub, keeper, name, made)
}

/** Makes a link that signs in as the account, once. An earlier one ends. */
export async function makeSignInLink(
  hub: Hub,
  keeper: Keeper,
  name: string,
  by: Pick<AccountAdmin, 'id'>,
): Promise<PasswordLink> {
  if (keeper.isGate) {
    throw new HttpError(409, 'behind_gate', say`These accounts only let temporary users in, so none of them signs in.`)
  }
  const made = await keeper.accounts.makeSignIn(name, signInLinkSeconds)
  if (made === undefined) throw unknownAccount(name)
  await note(hub, keeper, name, 'sign-in-link-made', by)
  return linkTo(signInLinkPath, hub, keeper, name, made)
}

/** Returns the link for a secret that the keeper has made. */
export function passwordLink(
  hub: Hub,
  keeper: Keeper,
  name: string,
  made: { secret: string; ends: number },
): PasswordLink {
  return linkTo(passwordLinkPath, hub, keeper, name, made)
}

function linkTo(
  path: string,
  hub: Hub,
  keeper: Keeper,
  name: string,
  { secret, ends }: { secret: string; ends: number },
): PasswordLink {
  const query = new URLSearchParams({ way: keeper.name, name, key: secret })
  return { name, link: `${hub.hubUrl}${path}?${query}`, ends }
}

/** Gives the account a password that an admin, or its person, has chosen, and signs its person out everywhere. */
export async function setPasswordOf(
  hub: Hub,
  keeper: Keeper,
  { name, password }: { name: string; password: string },
  by: Pick<AccountAdmin, 'id'>,
): Promise<Delivery | undefined> {
  refuseWeak(keeper, name, password)
  if ((await keeper.accounts.find(name)) === undefined) throw unknownAccount(name)
  const user = await userOfAccount(hub, keeper, name)
  return signingOut(hub, user, async () => {
    if (!(await keeper.accounts.setPassword(name, password))) throw unknownAccount(name)
    await note(hub, keeper, name, 'password-set', by)
  })
}

/** Sets the password by a link, and signs its person out everywhere. Returns false, and ends nothing, when the link is not good. */
export async function usePasswordLink(
  hub: Hub,
  keeper: Keeper,
  { name, secret, password }: { name: string; secret: string; password: string },
): Promise<boolean> {
  if (!(await keeper.accounts.isLinkGood(name, secret))) return false
  refuseWeak(keeper, name, password)
  const user = await userOfAccount(hub, keeper, name)
  let isUsed = false
  await signingOut(hub, user, async () => {
    isUsed = await keeper.accounts.useLink(name, secret, password)
    if (isUsed) await note(hub, keeper, name, 'password-set', user)
  })
  return isUsed
}

/**
 * Sets a password while the person is signed out. What is open ends before, so that nothing outlives a hub that dies in
 * between, and again after, since a session may have begun by the old password meanwhile.
 */
async function signingOut(hub: Hub, user: User | undefined, set: () => Promise<void>): Promise<Delivery | undefined> {
  if (user !== undefined) await endOpen(hub, { user: user.id })
  await set()
  return user && endOpen(hub, { user: user.id })
}

function refuseWeak(keeper: Keeper, name: string, password: string): void {
  const problem = keeper.accounts.passwordProblem(name, password)
  if (problem !== undefined) throw new HttpError(400, 'weak_password', problem)
}

/**
 * Removes the account, and its user with all notebooks. After a hub has died in between, the same request removes the
 * rest.
 */
export async function removeAccount(
  hub: Hub,
  keeper: Keeper,
  name: string,
  by: Pick<AccountAdmin, 'id'>,
): Promise<Delivery | undefined> {
  const user = await userOfAccount(hub, keeper, name)
  if (user !== undefined) return removeUserNow(hub, { admin: by, user })
  if (!(await keeper.accounts.remove(name))) throw unknownAccount(name)
  await note(hub, keeper, name, 'account-removed', by)
  return undefined
}

/** Returns the user of this hub who has the account, or who is awaited by it. Behind a gate there is none. */
export async function userOfAccount(hub: Hub, keeper: Keeper, name: string): Promise<User | undefined> {
  const user = keeper.isGate ? undefined : await findUserByName(hub.db, name)
  return user !== undefined && isKeptBy(keeper, user) ? user : undefined
}

/** Returns whether the user's account can be one of these. A name that was chosen earlier, by one shared password, cannot. */
export function isKeptBy(keeper: Keeper, { authenticator, subject }: User): boolean {
  return authenticator === keeper.name && !subject.startsWith(chosenPrefix)
}

async function note(
  hub: Hub,
  keeper: Keeper,
  name: string,
  kind: EventKind,
  by: Pick<AccountAdmin, 'id'> | undefined,
): Promise<void> {
  const user = await userOfAccount(hub, keeper, name)
  const detail = { authenticator: keeper.name, account: name, ...(by && { by: by.id }) }
  await addEvent(hub.db, { kind, ...(user && { user: user.id }), detail })
}

function unknownAccount(name: string): HttpError {
  return new HttpError(404, 'unknown_account', say`There is no account ${name.slice(0, 100)}.`)
}
