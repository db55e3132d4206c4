import type { Authenticator } from '../../authenticators/authenticator.ts'
import { addEvent } from '../db/events.ts'
import { groupsSaidBy, lockUser, setGroups, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { askedOf } from '../rights/roles.ts'
import { reviewGuestsIn, tellProxies } from './guests.ts'
import { reviewTokens } from './user-tokens.ts'

/**
 * Makes the groups that an authenticator has said at a sign-in the only ones that the person has from it, and returns
 * the user as it is then. When this resolves, what the person had open or had made by a group that is gone has ended:
 * visits as a guest, and an admin's tokens for others.
 */
export async function keepGroups(
  hub: Hub,
  user: User,
  authenticator: Authenticator,
  said: string[] | undefined,
): Promise<User> {
  const source = authenticator.name
  const wanted = user.kind === 'person' ? askedOf(authenticator, said) : []
  if (isSame(groupsSaidBy(user, source), wanted)) return user
  const { changed, moved } = await hub.db.transaction(async (trx) => {
    const held = await lockUser(trx, user.id)
    if (held === undefined) return { changed: user, moved: [] }
    const detail = { source, groups: wanted.join(' ') }
    await addEvent(trx, { kind: 'groups-changed', user: user.id, detail })
    const changed = await setGroups(trx, held, source, wanted)
    return { changed, moved: await reviewGuestsIn(hub, trx, { user: user.id }) }
  })
  hub.log.info({ user: user.id, source, groups: wanted }, 'groups changed')
  await Promise.all([tellProxies(hub, moved), reviewTokens(hub)])
  return changed
}

function isSame(before: string[], after: string[]): boolean {
  return before.length === after.length && before.every((group) => after.includes(group))
}
