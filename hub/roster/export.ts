import { writeCsv } from '../../roster/export.ts'
import { isKeptBy } from '../access/accounts.ts'
import { type Keeper, keeperNamed } from '../access/keepers.ts'
import { addressesOf } from '../db/mail/addresses.ts'
import { findUsersByName } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { importedGroups } from '../rights/roles.ts'

/** The accounts that are read at a time, so that the hub's thread is never busy with them for long. */
const partSize = 500

/**
 * Returns all accounts that an authenticator keeps, as the file that an import reads. An account without an address has
 * none there, and a line without an address is refused by an import.
 */
export async function exportPeople(hub: Hub, authenticator: string | undefined): Promise<string> {
  const keeper = keeperNamed(hub, authenticator)
  const people: Parameters<typeof writeCsv>[0] = []
  let after: string | undefined
  for (;;) {
    const part = await peopleAfter(hub, keeper, after)
    people.push(...part)
    after = part.at(-1)?.name
    if (part.length === 0) return writeCsv(people)
  }
}

async function peopleAfter(
  hub: Hub,
  keeper: Keeper,
  after: string | undefined,
): Promise<Parameters<typeof writeCsv>[0]> {
  const accounts = await keeper.accounts.list({ after, most: partSize })
  const users = await findUsersByName(
    hub.db,
    accounts.map(({ name }) => name),
  )
  const emails = new Map(
    (
      await addressesOf(
        hub.db,
        users.map(({ id }) => id),
      )
    ).map(({ user, email }) => [user, email]),
  )
  const byName = new Map(users.filter((user) => isKeptBy(keeper, user)).map((user) => [user.name, user]))
  return accounts.map(({ name }) => {
    const user = byName.get(name)
    const { id = '', displayName } = user ?? {}
    return { name, email: emails.get(id), displayName, groups: user === undefined ? [] : importedGroups(user) }
  })
}
