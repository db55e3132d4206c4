import { removeVersions } from '../db/content/versions.ts'
import { removeWishes } from '../db/content/wishes.ts'
import { addEvent } from '../db/events.ts'
import { hasLaunchYoungerThan } from '../db/seats/launches.ts'
import { forgetName } from '../db/seats/shares.ts'
import { deleteServersOf } from '../db/servers/server-moves.ts'
import { isAtRest, keyOf } from '../db/servers/server-states.ts'
import { serversOf } from '../db/servers/servers.ts'
import { deleteUser, lockUser, setUserState, type User, usersBeingRemoved } from '../db/users.ts'
import { accountOf } from '../homes/account.ts'
import { removeTemporaryHomes } from '../homes/removal.ts'
import type { Hub } from '../hub.ts'
import { reviewGuests } from './guests.ts'

const launchMilliseconds = 120_000

export type RemovalStart = 'deleting' | 'changed' | 'in-use'

/**
 * First step: marks the account, so that no launch begins as this user any more. Refused while a server is moving or
 * ready, or a launch is young.
 */
export async function beginRemoval(hub: Hub, user: User, seenLastLaunch: number | undefined): Promise<RemovalStart> {
  return hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked === undefined || locked.state === 'deleting') return 'deleting'
    if (seenLastLaunch !== undefined && locked.lastLaunch !== seenLastLaunch) return 'changed'
    const servers = await serversOf(trx, [user.id])
    if (servers.some((server) => !isAtRest(server))) return 'in-use'
    if (await hasLaunchYoungerThan(trx, user.id, launchMilliseconds)) return 'in-use'
    await setUserState(trx, user.id, 'deleting')
    return 'deleting'
  })
}

/** Second step, as often as needed: removes what the servers leave behind, then the rows. */
export async function removeUsers(hub: Hub): Promise<void> {
  for (const user of await usersBeingRemoved(hub.db)) {
    try {
      if (await removeUser(hub, user)) hub.log.info({ user: user.id }, 'user has been removed')
    } catch (error) {
      hub.log.error({ user: user.id, err: error }, 'could not remove a user, trying again')
    }
  }
}

/** Returns false while something of the user's still runs. */
async function removeUser(hub: Hub, user: User): Promise<boolean> {
  const servers = await serversOf(hub.db, [user.id])
  if (servers.some((server) => !isAtRest(server))) return false
  for (const server of servers) {
    await hub.spawner.stop(keyOf(server), undefined, { graceSeconds: 5 })
    await hub.spawner.forget?.(server.id)
  }
  // The guests' rows are deleted with the user's, and then no proxy would be told that the guests have ended.
  await reviewGuests(hub, { user: user.id })
  await hub.db.transaction(async (trx) => {
    await deleteServersOf(trx, user.id)
    await removeTemporaryHomes(trx, user)
    await removeWishes(trx, { account: accountOf(user) })
    if (user.kind === 'temporary') await removeVersions(trx, accountOf(user))
    await deleteUser(trx, user.id)
    await forgetName(trx, user.name)
    await addEvent(trx, { kind: 'user-removed', user: user.id })
  })
  return true
}
