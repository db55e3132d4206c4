import type { Roster } from '../../roster/people.ts'
import type { Account, Circumstances } from '../../roster/plan.ts'
import { isKeptBy } from '../access/accounts.ts'
import type { Keeper } from '../access/keepers.ts'
import type { Database } from '../db/dialect.ts'
import { addressesOf, findAddresses } from '../db/mail/addresses.ts'
import { findUsers, findUsersByName, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { givesRole, importedGroups, isNamedInConfig } from '../rights/roles.ts'

export interface FoundPeople extends Circumstances {
  users: Map<string, User>
}

/** Returns what is there already of the people of a file, and what the config says of their names and groups. */
export async function circumstancesOf(
  hub: Hub,
  db: Database,
  keeper: Keeper,
  { people }: Roster,
  { groups, replaceGroups }: Pick<Circumstances, 'groups' | 'replaceGroups'>,
): Promise<FoundPeople> {
  const byEmail = await findAddresses(
    db,
    people.map(({ email }) => email),
  )
  const known = await findUsers(
    db,
    byEmail.map(({ user }) => user),
  )
  const named = await findUsersByName(
    db,
    people.map(({ name }) => name),
  )
  const users = [...new Map([...known, ...named].map((user) => [user.id, user])).values()]
  const emails = new Map(
    (
      await addressesOf(
        db,
        users.map(({ id }) => id),
      )
    ).map(({ user, email }) => [user, email]),
  )
  const allGroups = [...new Set([...groups, ...people.flatMap((person) => person.groups)])]
  return {
    accounts: users.map((user) => accountOf(user, emails.get(user.id), keeper)),
    namesWithRole: new Set(people.flatMap(({ name }) => (isNamedInConfig(hub, name) ? [name] : []))),
    groupsWithRole: new Set(allGroups.filter((group) => givesRole(hub, group))),
    refusedNames: new Set(people.flatMap(({ name }) => (keeper.accounts.nameOf(name) === name ? [] : [name]))),
    groups,
    replaceGroups,
    users: new Map(users.map((user) => [user.name, user])),
  }
}

function accountOf(user: User, email: string | undefined, keeper: Keeper): Account {
  const { name, displayName } = user
  return { name, email, displayName, groups: importedGroups(user), isKept: isKeptBy(keeper, user) }
}
