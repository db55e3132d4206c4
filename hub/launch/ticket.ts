import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { deskOf } from '../../seats/desk.ts'
import { serverOrigin } from '../../seats/host.ts'
import { signingKey } from '../../seats/keys.ts'
import { landingMilliseconds, signLanding } from '../../seats/landing.ts'
import { againPage, openLink, seatPath } from '../../seats/links.ts'
import { say } from '../../words/text.ts'
import { awaitsWishes, carryOutWishes } from '../copies/wishes/carry-out.ts'
import type { Launch } from '../db/seats/launches.ts'
import { seatAt } from '../db/seats/seats.ts'
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
  if (server?.state !== 'ready')
    throw new HttpError(409, 'not_ready', say`The notebook is not ready yet. Wait a moment.`)
  const course = await courseOfWishes(hub, launch, server)
  if (course !== undefined) await carryOutWishes(hub, server, { course, open: openLink(launch.landing) })
  return ticketFor(hub, launch, server)
}

/** Returns the course whose wishes an opening by this launch carries out: its owner's, where the program tells of its files. */
async function courseOfWishes(hub: Hub, launch: Launch, server: Server): Promise<Course | undefined> {
  const isOwner = launch.user === server.user
  return isOwner && speaksJupyter((await madeOf(hub, server))?.program ?? 'jupyter')
    ? hub.courses.all[server.course]
    : undefined
}

async function ticketFor(hub: Hub, launch: Launch, server: Server): Promise<Entrance> {
  const { user, session, framed } = launch
  const landing = await readyLanding(hub, launch, server)
  const ticket = await addTicket(hub.db, { ...keyOf(server), user, session, framed, landing })
  return { action: serverOrigin(hub.serversUrl, server.label) + seatPath, ticket }
}

/** Returns the path to which a launch leads at its ready server. */
async function readyLanding(hub: Hub, launch: Launch, server: Server): Promise<string> {
  const checked = await checkedLanding(hub, server, launch)
  const made = await madeOf(hub, server)
  const isOwner = launch.user === server.user
  // A guest has a line that says whose notebook it is. Where there is no strip, only Jupyter is known to work in a frame.
  const hasDesk = made !== undefined && (made.strip === true || (!isOwner && speaksJupyter(made.program)))
  return hasDesk ? deskOf(server.path, checked) : checked
}

/**
 * Returns the address at which a browser goes on without a ticket, with the seat that its session has at this run of its own
 * server. Undefined where it has none, or where a page of the hub has to tell first what came of the owner's wishes. Throws
 * as `entranceOf` does.
 */
export async function addressAgain(hub: Hub, launch: Launch, server: Server): Promise<string | undefined> {
  if (server.state !== 'ready' || launch.user !== server.user) return undefined
  const key = server.kid === undefined ? undefined : hub.secrets.keys.find(server.kid)
  const seat = key && (await seatAt(hub.db, { session: launch.session, server: server.id, run: server.run }))
  if (key === undefined || seat === undefined) return undefined
  const course = await courseOfWishes(hub, launch, server)
  if (course !== undefined && (await awaitsWishes(hub, server, course))) return undefined
  const landing = await readyLanding(hub, launch, server)
  const seatKey = signingKey(key, 'seat', server.id, server.run)
  const to = signLanding(seatKey, seat, landing, Date.now() + landingMilliseconds)
  const address = `${serverOrigin(hub.serversUrl, server.label)}${server.path}${againPage}?to=${to}`
  // The proxy may have to send the browser back with all of it in a link, and links have a limit.
  return address.length <= longestAddress ? address : undefined
}

const longestAddress = 2000

/**
 * Returns a ticket for a launch that has just begun, where its server runs already and there is nothing that its page has to
 * tell before. What the owner has wished for notebooks is for the launch's own page: it takes long, and what comes of it is
 * told once.
 */
export async function entranceAtOnce(hub: Hub, launch: Launch, server: Server): Promise<Entrance | undefined> {
  const { state, told } = await progressOf(hub, launch, server)
  if (state !== 'ready' || told !== undefined) return undefined
  const course = await courseOfWishes(hub, launch, server)
  if (course !== undefined && (await awaitsWishes(hub, server, course))) return undefined
  try {
    return await ticketFor(hub, launch, server)
  } catch (error) {
    // The launch's own page asks once more, and tells of a file that is not there.
    if (error instanceof HttpError) return undefined
    throw error
  }
}
