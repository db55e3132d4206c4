import { speaksJupyter } from '../../courses/programs.ts'
import { deskOf } from '../../seats/desk.ts'
import { serverOrigin } from '../../seats/host.ts'
import { openLink, seatPath } from '../../seats/links.ts'
import { carryOutWishes } from '../copies/wishes/carry-out.ts'
import type { Launch } from '../db/seats/launches.ts'
import { addTicket } from '../db/seats/tickets.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { madeOf } from '../made-of/made-of.ts'
import { checkedLanding } from './missing.ts'
import { progressOf } from './progress.ts'

export interface Entrance {
  /** Where the browser posts the ticket: at the server's host. */
  action: string
  ticket: string
}

/**
 * Returns a fresh ticket for a launch's own session, once its server is ready. Carries out before what the owner has wished
 * for notebooks meanwhile. Throws the page about a missing file where the server has none of those that the link may mean.
 * Callers have checked that the request has that session. `known` is the server's row, for a caller that has just read it.
 */
export async function entranceOf(hub: Hub, launch: Launch, known?: Server): Promise<Entrance> {
  const server = known ?? (await findServer(hub.db, launch.server))
  if (server?.state !== 'ready') throw new HttpError(409, 'not_ready', 'The notebook is not ready yet. Wait a moment.')
  const { user, session, framed, landing: asked } = launch
  const made = await madeOf(hub, server)
  const course = hub.courses.all[server.course]
  if (course !== undefined && user === server.user && speaksJupyter(made?.program ?? 'jupyter'))
    await carryOutWishes(hub, server, { course, open: openLink(asked) })
  const checked = await checkedLanding(hub, server, launch)
  const hasDesk = user === server.user && made?.strip === true
  const landing = hasDesk ? deskOf(server.path, checked) : checked
  const ticket = await addTicket(hub.db, { ...keyOf(server), user, session, framed, landing })
  return { action: serverOrigin(hub.serversUrl, server.label) + seatPath, ticket }
}

/**
 * Returns a ticket for a launch that has just begun, where its server runs already and there is nothing that its page has to
 * tell before.
 */
export async function entranceAtOnce(hub: Hub, launch: Launch, server: Server): Promise<Entrance | undefined> {
  const { state, told } = await progressOf(hub, launch, server)
  if (state !== 'ready' || told !== undefined) return undefined
  try {
    return await entranceOf(hub, launch, server)
  } catch (error) {
    // The launch's own page asks once more, and tells of a file that is not there.
    if (error instanceof HttpError) return undefined
    throw error
  }
}
