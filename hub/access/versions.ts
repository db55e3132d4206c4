import { removeVersions } from '../db/content/versions.ts'
import { addEvent } from '../db/events.ts'
import { accountOf } from '../homes/account.ts'
import type { Hub } from '../hub.ts'
import type { ByAdmin } from './ending.ts'

/** Removes what was kept of a user's notebooks, in all courses, for good. Returns how many versions there were. */
export async function removeVersionsOfUser(hub: Hub, { admin, user }: ByAdmin): Promise<number> {
  return hub.db.transaction(async (trx) => {
    const versions = await removeVersions(trx, accountOf(user))
    await addEvent(trx, { kind: 'versions-removed', user: user.id, detail: { by: admin.id, versions } })
    return versions
  })
}
