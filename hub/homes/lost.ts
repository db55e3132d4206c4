/** Homes and rows that have lost each other: objects without a row, and homes that something gone still holds. */

import { say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { deleteErrand, findErrand, lostErrands } from '../db/homes/errands.ts'
import {
  addFound,
  adoptFound,
  findHome,
  forgetFound,
  freeHome,
  type Home,
  idsWithoutRow,
  lockHome,
  lockLiving,
} from '../db/homes/homes.ts'
import { endStop } from '../db/servers/server-moves.ts'
import { findServer } from '../db/servers/servers.ts'
import { isKnown, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { accountOf, subjectOf } from './account.ts'
import { addHomeEvent, unknownHome } from './removal.ts'
import { holdForStrays } from './strays.ts'

/**
 * Writes a row of state `found` for each home at the spawner that has no row, which happens when the database was restored
 * from a backup. Its account then takes it back at the next opening (`claimHome`), once no unknown run may have it. Removes no
 * home.
 */
export async function lookForHomes(hub: Hub): Promise<void> {
  if (hub.spawner.homes === undefined) return
  const listed = await hub.spawner.homes.list()
  // Rows are read after the list, so that every listed home that has a row is found with it.
  const ids = listed.map(({ id }) => id)
  const unknown = await idsWithoutRow(hub.db, ids)
  for (const { id, account, course, name, state } of listed) {
    if (!unknown.has(id) || !(await addFound(hub.db, { id, account, course, state }))) continue
    hub.log.error({ home: id, account, course, name }, 'a home has no row: the database has lost writes')
  }
  await forgetFound(hub.db, new Set(ids))
  await holdForStrays(hub)
}

/**
 * Gives a found home its row back: for the account that its labels name, or for another user. To another user it also
 * gives a home whose account has been removed. Throws `HttpError` when the home is not lost, or that account has a home in
 * this course already.
 */
export async function adoptHome(hub: Hub, id: string, { by, user }: { by: string; user?: User }): Promise<Home> {
  return hub.db.transaction(async (trx) => {
    const home = await lockHome(trx, id)
    if (home === undefined) throw unknownHome(id)
    if (!(await isLost(trx, home, user))) throw notLost(home)
    const account = user === undefined ? home.account : accountOf(user)
    const present = await lockLiving(trx, { account, course: home.course })
    if (present !== undefined) {
      throw new HttpError(
        409,
        'has_home',
        say`This account has the home ${present.id} in this course. Remove that one first, or import what the other one holds.`,
      )
    }
    const adopted = { ...home, account, name: user?.name ?? home.name }
    await adoptFound(trx, id, adopted)
    await addHomeEvent(trx, 'home-adopted', adopted, { by })
    return { ...adopted, state: 'ready' }
  })
}

/** Returns whether a home has no owner any more to whom it could go back by itself. */
async function isLost(trx: Transaction, { state, account, holder }: Home, user: User | undefined): Promise<boolean> {
  if (state === 'found') return true
  if (state !== 'ready' || holder !== undefined || user === undefined) return false
  const owner = subjectOf(account)
  return owner !== undefined && !(await isKnown(trx, owner.authenticator, owner.subject))
}

function notLost({ id, name }: Home): HttpError {
  return new HttpError(
    409,
    'not_lost',
    say`The home ${id} is not lost: it belongs to ${name || say`an account`}. Only one that was found without its record can be adopted, or with --for one that nothing uses and whose account was removed.`,
  )
}

/**
 * Frees a home whose holder is gone and will never be seen gone, such as a pod on a node that was lost. A stop that cannot
 * end ends so, and a launch that waits for it goes on. Nothing at the spawner is touched. Throws `HttpError` when the
 * server still runs or starts.
 */
export async function releaseHome(hub: Hub, id: string, { by }: { by: string }): Promise<Home> {
  const home = await hub.db.transaction(async (trx) => {
    const home = await findHome(trx, id)
    if (home === undefined) throw unknownHome(id)
    const { holder } = home
    if (holder === undefined) throw new HttpError(409, 'not_held', say`Nothing has this home.`)
    if ('errand' in holder) {
      const lost = await lostErrands(trx)
      const isRun = (await findErrand(trx, holder.errand)) !== undefined && !lost.some(({ id }) => id === holder.errand)
      if (isRun) throw new HttpError(409, 'home_in_use', say`Its files are being copied. Wait for the end of that.`)
      await deleteErrand(trx, holder.errand)
    } else {
      const server = await findServer(trx, holder.server)
      if (server !== undefined && ['starting', 'ready'].includes(server.state)) {
        throw new HttpError(409, 'home_in_use', say`A notebook uses it. Stop that first.`)
      }
      if (server?.state === 'stopping') {
        const { epoch, owner = '' } = server
        await endStop(trx, { id: server.id, owner, epoch }, { kid: hub.secrets.keys.all[0].kid, madeOf: undefined })
      }
    }
    await freeHome(trx, id)
    await addHomeEvent(trx, 'home-released', home, { by, holder: JSON.stringify(holder) })
    return home
  })
  // This hub may be the one that tries to stop the server, which may start again now.
  if (home.holder !== undefined && 'server' in home.holder) {
    await hub.tasks.cancel(home.holder.server, new Error('the home of the server was released'))
  }
  hub.admission.wake()
  return { ...home, holder: undefined }
}
