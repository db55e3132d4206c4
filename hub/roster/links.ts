/** The accounts of imported people at their authenticator, and the links by which they choose a password. */
import type { Step } from '../../roster/plan.ts'
import { type AccountAdmin, type PasswordLink, passwordLink, passwordLinkSeconds } from '../access/accounts.ts'
import type { Keeper } from '../access/keepers.ts'
import { addEventOfEach } from '../db/events.ts'
import { askForMails } from '../db/mail/addresses.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'

/** How many accounts are made at a time: few, so that other work of the hub still gets connections to the database. */
const atOnce = 4

/** Makes the accounts that are missing, and returns the steps of those that have no password. */
export async function ensureAccounts({ accounts }: Keeper, steps: Step[]): Promise<Step[]> {
  const without = await inTurn(steps, async (step) => {
    if (step.kind === 'make' && (await accounts.add(step.name))) return step
    // A hub may have died between the user and the account.
    const found = await accounts.find(step.name)
    if (found === undefined) return (await accounts.add(step.name)) ? step : undefined
    return found.hasPassword ? undefined : step
  })
  return without.filter((step) => step !== undefined)
}

/** Asks for a mail to each of these users. Returns how many will be sent. */
export async function askForLinks(hub: Hub, users: string[]): Promise<number> {
  return hub.db.transaction((trx) => askForMails(trx, users, passwordLinkSeconds))
}

/** Makes a new link for each person. The earlier ones end. */
export async function makeLinks(
  hub: Hub,
  keeper: Keeper,
  { steps, users }: { steps: Step[]; users: Map<string, User> },
  by: Pick<AccountAdmin, 'id'>,
): Promise<(PasswordLink & Pick<Step, 'displayName' | 'groups'>)[]> {
  await addEventOfEach(
    hub.db,
    steps.flatMap(({ name }) => users.get(name) ?? []).map(({ id }) => ({ user: id })),
    { kind: 'account-link-made', detail: { authenticator: keeper.name, by: by.id } },
  )
  const links = await inTurn(steps, async ({ name, displayName, named: groups }) => {
    const made = await keeper.accounts.makeLink(name, passwordLinkSeconds)
    if (made === undefined) return undefined
    const user = users.get(name)
    return { ...passwordLink(hub, keeper, name, made), displayName: displayName ?? user?.displayName, groups }
  })
  return links.filter((link) => link !== undefined)
}

/** Returns what an act returns for each of several things, a few of them at a time. */
async function inTurn<T, R>(all: T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < all.length; from += atOnce) {
    results.push(...(await Promise.all(all.slice(from, from + atOnce).map(act))))
  }
  return results
}
