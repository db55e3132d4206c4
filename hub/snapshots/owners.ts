import type { Said } from '../../words/text.ts'
import type { Snapshot } from '../db/content/snapshots.ts'
import { findUsers, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'
import { fullName, nameForAdmins } from '../views/format.ts'

/** Returns the names of those who share these copies, by their ids, as the one who looks may know them. */
export async function ownersOfCopies(
  hub: Hub,
  viewer: User,
  copies: readonly Snapshot[],
): Promise<ReadonlyMap<string, Said>> {
  const owners = await findUsers(hub.db, [...new Set(copies.map(({ user }) => user))])
  const nameOf = isAdmin(hub, viewer) ? nameForAdmins : fullName
  return new Map(owners.map((owner) => [owner.id, owner.id === viewer.id ? owner.name : nameOf(owner)]))
}
