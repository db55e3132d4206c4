import { kept } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { removeWishes } from '../db/content/wishes.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { beginDeletions, deleteHome, type Home, lockHome, planRemoval, takeRemovalBack } from '../db/homes/homes.ts'
import type { User } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { accountOf } from './account.ts'
import { homesOf } from './provide.ts'

/** How long a removal can be taken back, unless it says otherwise. */
export const removalMilliseconds = 7 * 24 * 3600_000

export interface PlannedRemoval {
  /** Id of the admin, `operator`, or what decides by itself, such as `retention`. */
  by: string
  /** Why, in a few words, for the event and for those who may take it back. */
  reason: string
  /** Milliseconds until then. Default: 7 days. */
  milliseconds?: number
  /** When the home was used last, as the decision saw it. A home that was used since stays. */
  seen?: number
}

/**
 * Has a home removed later, with all its files. Until then `keepHome`, or its user by opening it, takes that back. Throws
 * `HttpError` when there is no such home, or a server or an errand has it. Returns when the home will go.
 */
export async function removeHome(hub: Hub, id: string, removal: PlannedRemoval): Promise<Home> {
  const { by, reason, milliseconds = removalMilliseconds, seen } = removal
  return hub.db.transaction(async (trx) => {
    const home = await lockHome(trx, id)
    if (home === undefined || home.state === 'deleting') throw unknownHome(id)
    if (home.holder !== undefined) throw inUse(home)
    if (seen !== undefined && home.lastUsed !== seen) {
      throw new HttpError(409, 'home_used', say`These files have been used meanwhile, so they stay.`)
    }
    const [planned] = await planRemoval(trx, { id }, { by, reason, milliseconds })
    if (planned === undefined) throw unknownHome(id)
    await addHomeEvent(trx, 'home-removal', planned, { by, reason, milliseconds })
    return planned
  })
}

/** Takes the removal of a home back. Throws `HttpError` when none was planned, or it has begun. */
export async function keepHome(hub: Hub, id: string, { by }: { by: string }): Promise<Home> {
  return hub.db.transaction(async (trx) => {
    const kept = await takeRemovalBack(trx, id)
    if (kept === undefined)
      throw new HttpError(409, 'not_removing', say`This home is not going to be removed, or is gone.`)
    await addHomeEvent(trx, 'home-kept', kept, { by })
    return kept
  })
}

/**
 * Has all homes of a temporary user removed with the user, since there is no way back to that account. The homes of all
 * other users stay when their user is removed.
 */
export async function removeTemporaryHomes(trx: Transaction, user: User): Promise<void> {
  if (user.kind !== 'temporary') return
  const by = user.id
  const reason = kept`its temporary user was removed`
  const homes = await planRemoval(trx, { account: accountOf(user) }, { by, reason, milliseconds: 0 })
  for (const home of homes) await addHomeEvent(trx, 'home-removal', home, { by, reason, milliseconds: 0 })
}

/** Removes the homes whose time has come: the object by its id, then the row. Does no harm when done twice. */
export async function removeDueHomes(hub: Hub): Promise<void> {
  for (const home of await beginDeletions(hub.db)) {
    try {
      await homesOf(hub).remove(home.id, home.spawnerState)
    } catch (error) {
      hub.log.error({ home: home.id, reason: messageOf(error) }, 'could not remove a home, trying again')
      continue
    }
    await hub.db.transaction(async (trx) => {
      if (!(await deleteHome(trx, home.id))) return
      const { account, course } = home
      // No course whose notebooks are copied has the home of all courses.
      if (course !== '') await removeWishes(trx, { account, course })
      await addHomeEvent(trx, 'home-removed', home, { by: home.removedBy ?? '', reason: home.reason ?? '' })
    })
    hub.log.info({ home: home.id, account: home.account, course: home.course }, 'a home has been removed')
  }
}

type HomeEvent = 'home-removal' | 'home-kept' | 'home-removed' | 'home-released' | 'home-adopted'

/** Adds a line of history about a home. */
export async function addHomeEvent(
  trx: Transaction,
  kind: HomeEvent | 'home-exported' | 'home-imported',
  { id, account, name, course }: Home,
  detail: Record<string, string | number>,
): Promise<void> {
  await addEvent(trx, { kind, ...(course !== '' && { course }), detail: { home: id, account, name, ...detail } })
}

export function unknownHome(id: string): HttpError {
  return new HttpError(404, 'unknown_home', say`There is no home ${id}.`)
}

function inUse({ holder }: Home): HttpError {
  const message =
    holder !== undefined && 'errand' in holder
      ? say`Its files are being copied or measured. Stop that first, or wait for its end.`
      : say`A notebook uses it. Stop that first, or wait for its end.`
  return new HttpError(409, 'home_in_use', message)
}
