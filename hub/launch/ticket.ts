import { deskOf } from '../../seats/desk.ts'
import { serverOrigin } from '../../seats/host.ts'
import { seatPath } from '../../seats/links.ts'
import type { Launch } from '../db/seats/launches.ts'
import { addTicket } from '../db/seats/tickets.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { madeOf } from '../made-of/made-of.ts'
import { checkedLanding } from './missing.ts'

export interface Entrance {
  /** Where the browser posts the ticket: at the server's host. */
  action: string
  ticket: string
}

/**
 * Returns a fresh ticket for a launch's own session, once its server is ready. Throws the page about a missing file where
 * the server has none of those that the link may mean. Callers have checked that the request has that session.
 */
export async function entranceOf(hub: Hub, launch: Launch): Promise<Entrance> {
  const server = await findServer(hub.db, launch.server)
  if (server?.state !== 'ready') throw new HttpError(409, 'not_ready', 'The notebook is not ready yet. Wait a moment.')
  const { user, session, framed } = launch
  const checked = await checkedLanding(hub, server, launch)
  const hasDesk = user === server.user && (await madeOf(hub, server))?.strip === true
  const landing = hasDesk ? deskOf(server.path, checked) : checked
  const ticket = await addTicket(hub.db, { ...keyOf(server), user, session, framed, landing })
  return { action: serverOrigin(hub.serversUrl, server.label) + seatPath, ticket }
}
