import { amountText } from '../../courses/amount.ts'
import { kept } from '../../words/kept.ts'
import { addEvent } from '../db/events.ts'
import { findHome } from '../db/homes/homes.ts'
import { keyOf } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import { addTrouble } from '../db/servers/troubles.ts'
import type { Hub } from '../hub.ts'

/** From this part of its size on, a home counts as full: Jupyter saves a file by writing a second one beside it. */
const nearlyAll = 0.95

/**
 * Tells the owner of a run that starts that its home has no room left, by what the home held when it was measured last: soon
 * after the run before. Only where its storage refuses more than its size, since elsewhere no size is an end.
 */
export async function tellOfFullHome(hub: Hub, server: Server): Promise<void> {
  if (server.home === undefined || hub.config.spawner.homes?.enforcesSize !== true) return
  const home = await findHome(hub.db, server.home)
  if (home?.bytes === undefined || home.measured === undefined || home.size === undefined) return
  const { bytes, measured, size } = home
  if (bytes < size * nearlyAll) return
  const message = fullHome(bytes, size)
  await hub.db.transaction(async (trx) => {
    const { user, course } = server
    if (!(await addTrouble(trx, { server: server.id, run: server.run, kind: 'full-home', at: measured, message })))
      return
    await addEvent(trx, { kind: 'home-full', user, course, ...keyOf(server), detail: { home: home.id, bytes, size } })
  })
}

/** Returns what a learner is told of a full home. Pure. */
export function fullHome(bytes: number, size: number): string {
  return kept`Your files take ${amountText(bytes)} of the ${amountText(size)} that they may have in this course, so saving may fail without saying why. Delete files that you do not need, in the list of files or in a terminal: there is no trash, so that makes room at once.`
}
