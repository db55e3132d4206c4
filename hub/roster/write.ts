/** Writes the plan of an import into the database. */
import type { RosterPlan, Step } from '../../roster/plan.ts'
import { type AccountAdmin, isKeptBy } from '../access/accounts.ts'
import type { Keeper } from '../access/keepers.ts'
import { makeUsers } from '../access/new-users.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEventOfEach } from '../db/events.ts'
import { addAddresses } from '../db/mail/addresses.ts'
import { findUsersByName, lockUsers, setDisplayNames, setGroupsOfEach, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { importedGroups, importSource } from '../rights/roles.ts'

/**
 * Makes and changes the rows of a plan, in a few statements for all. Returns the users by name; undefined when another
 * hub has made such a user, or given such an address, since the plan was made. The transaction must not be kept then.
 */
export async function writePlan(
  hub: Hub,
  trx: Transaction,
  keeper: Keeper,
  { plan: { steps }, users: known }: { plan: RosterPlan; users: Map<string, User> },
  by: Pick<AccountAdmin, 'id'>,
): Promise<Map<string, User> | undefined> {
  const names = steps.flatMap(({ kind, name }) => (kind === 'make' ? [name] : []))
  if (names.length > 0) {
    await makeUsers({ ...hub, db: trx }, { names, authenticator: keeper.name, by, precondition: async () => true })
  }
  const made = await findUsersByName(trx, names)
  const ids = [...steps.flatMap(({ name }) => known.get(name)?.id ?? []), ...made.map(({ id }) => id)]
  const users = new Map((await lockUsers(trx, ids)).map((user) => [user.name, user]))
  const each = steps.flatMap((step) => {
    const user = users.get(step.name)
    return user !== undefined && isKeptBy(keeper, user) && user.state !== 'deleting' ? [{ step, user }] : []
  })
  const fresh = each.flatMap(({ step, user }) => (step.kind === 'make' ? [{ user: user.id, email: step.email }] : []))
  if (each.length < steps.length || (await addAddresses(trx, fresh)) < fresh.length) return undefined
  await setDisplayNames(
    trx,
    each.flatMap(({ step: { displayName }, user }) =>
      displayName === undefined ? [] : [{ user: user.id, displayName }],
    ),
  )
  await writeGroups(trx, each, by)
  return users
}

async function writeGroups(
  trx: Transaction,
  each: { step: Step; user: User }[],
  by: Pick<AccountAdmin, 'id'>,
): Promise<void> {
  const changed = each.flatMap(({ step, user }) => {
    if (step.groups.length + step.leaves.length === 0) return []
    const kept = importedGroups(user).filter((group) => !step.leaves.includes(group))
    return [{ user, groups: [...new Set([...kept, ...step.groups])] }]
  })
  if (changed.length === 0) return
  await setGroupsOfEach(trx, importSource, changed)
  for (const [groups, members] of Map.groupBy(changed, (one) => one.groups.join(' '))) {
    await addEventOfEach(
      trx,
      members.map(({ user }) => ({ user: user.id })),
      { kind: 'groups-changed', detail: { source: importSource, by: by.id, groups } },
    )
  }
}
