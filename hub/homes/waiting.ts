import { type Said, say } from '../../words/text.ts'
import type { Database } from '../db/dialect.ts'
import { findErrand } from '../db/homes/errands.ts'
import { findHome, type Home } from '../db/homes/homes.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

type Waiting = Pick<Server, 'id' | 'home'>

/** Returns in words what a queued server waits for that something else has its home; undefined when nothing has. */
export async function whyHomeWaits(hub: Hub, server: Waiting): Promise<Said | undefined> {
  const home = server.home === undefined ? undefined : await findHome(hub.db, server.home)
  if (home?.holder === undefined) return undefined
  if ('errand' in home.holder) {
    const purpose = (await findErrand(hub.db, home.holder.errand))?.purpose
    return purpose
      ? say`Your files are in use just now (${purpose}). Your notebook starts by itself afterwards.`
      : say`Your files are in use just now. Your notebook starts by itself afterwards.`
  }
  const other = await otherHolder(hub.db, server, home)
  if (other === undefined)
    return say`Your earlier session still has your files. Your notebook starts by itself when it has ended.`
  return say`Your files are open in ${titleOf(hub, other)}. Your notebook starts by itself once that has stopped.`
}

/**
 * Throws when another notebook of the user has the home open and is not ending. One home for several courses is open in one
 * of them at a time.
 */
export async function refuseOpenElsewhere(hub: Hub, db: Database, server: Waiting, home: Home): Promise<void> {
  const other = await otherHolder(db, server, home)
  if (other === undefined || !isRunning(other)) return
  throw new HttpError(
    409,
    'home_in_use',
    say`Your files are open in ${titleOf(hub, other)}. Stop that notebook first, then open this one again.`,
    [{ href: `/hub/servers/${other.id}/stop`, text: say`Stop ${titleOf(hub, other)}` }],
  )
}

async function otherHolder(db: Database, server: Waiting, { holder }: Home): Promise<Server | undefined> {
  if (holder === undefined || 'errand' in holder || holder.server === server.id) return undefined
  return findServer(db, holder.server)
}

function titleOf({ courses }: Pick<Hub, 'courses'>, { course }: Pick<Server, 'course'>): string {
  const known = Object.hasOwn(courses.all, course) ? courses.all[course] : undefined
  return known?.title ?? known?.name ?? course
}
