import type { Course } from '../../courses/course.ts'
import { mayHaveGuests } from '../../courses/home.ts'
import { endedSeatsOfRoute } from '../../seats/route.ts'
import { say } from '../../words/text.ts'
import type { Database, Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { serversWithWideHome } from '../db/homes/homes.ts'
import { listsOf } from '../db/lists.ts'
import { addGuest, endGuests, type GuestRole, guestsOf, holdGuest, listGuests } from '../db/seats/guests.ts'
import { addLaunch } from '../db/seats/launches.ts'
import { countGuestSeats } from '../db/seats/seats.ts'
import { holdShares, type Share, serversSharedWith, sharesOf } from '../db/seats/shares.ts'
import { moveRevision } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { type Server, serversById } from '../db/servers/servers.ts'
import { lockUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { countLaunch } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { routeOf } from '../proxies/route.ts'
import { isFor, requireOpen } from '../rights/opening.ts'
import { groupsOf, hasProvenName, isStaff } from '../rights/roles.ts'
import { hasOwnHosts } from '../site.ts'

// Guests sit at a server that is not their own: the course's staff, and those with whom its owner shares the server.
// Guests exist only where every server has a host of its own. On a shared host, code of one server acts in another's
// pages with whatever the visitor's browser may do there, and a guest's browser may do more than the owner's.

/** Most guests of a server. The server could not serve more anyway, and its route would grow without end. */
const mostGuests = 100

/** Most seats in one run, of one guest and of all guests: a route names the seats that have ended. */
const mostSeats = { own: 50, all: endedSeatsOfRoute / 2 }

type Visitor = Pick<User, 'id' | 'name' | 'kind' | 'state' | 'authenticator' | 'subject' | 'groupLists'>
type ServerPlace = Pick<Server, 'id' | 'user' | 'course'>

/** What decides about the guests of some servers, beside the config. */
interface Facts {
  shares: Share[]
  /** Servers that show the files of other courses, also where the config says by now that their next run will not. */
  wide: Set<string>
}

async function factsOf(db: Database, servers: string[]): Promise<Facts> {
  return { shares: await sharesOf(db, servers), wide: await serversWithWideHome(db, servers) }
}

/** Returns whether the user may be this kind of guest at the server. Only a person with a proven name may. */
function mayBe(hub: Hub, role: GuestRole, user: Visitor, server: ServerPlace, { shares, wide }: Facts): boolean {
  const course = hub.courses.all[server.course]
  if (!hasOwnHosts(hub) || course === undefined || user.id === server.user) return false
  if (!mayHaveGuests(course) || wide.has(server.id)) return false
  if (!hasProvenName(hub, user) || user.state !== 'active') return false
  if (role === 'staff') return isStaff(hub, user, course)
  const groups = groupsOf(hub, user)
  const isMeant = (share: Share) =>
    share.server === server.id && (share.kind === 'user' ? share.name === user.name : groups.includes(share.name))
  return course.share && isFor(hub, user, course) && shares.some(isMeant)
}

/**
 * Returns the role in which the user may enter the server as a guest. An invited user comes as invited, staff or not.
 */
function roleBy(hub: Hub, user: Visitor, server: ServerPlace, facts: Facts): GuestRole | undefined {
  return (['share', 'staff'] as const).find((role) => mayBe(hub, role, user, server, facts))
}

export async function roleAt(hub: Hub, user: Visitor, server: ServerPlace): Promise<GuestRole | undefined> {
  return roleBy(hub, user, server, await factsOf(hub.db, [server.id]))
}

/** Returns the courses whose servers the user may see and open: none where there can be no guests. */
export function staffCourses(hub: Hub, user: User): Course[] {
  if (!hasOwnHosts(hub)) return []
  return Object.values(hub.courses.all).filter((course) => isStaff(hub, user, course))
}

/**
 * Returns whether the user may share servers of the course. Only persons share: the names of other users cannot be
 * typed by anyone, and do not tell whose they are.
 */
export function mayShare(hub: Hub, user: User, course: Course): boolean {
  return hasOwnHosts(hub) && course.share && mayHaveGuests(course) && user.kind === 'person' && user.state === 'active'
}

/** Returns the servers of others to which the user was invited. */
export async function sharedWith(hub: Hub, user: User): Promise<Server[]> {
  const named = { name: user.name, groups: groupsOf(hub, user) }
  const servers = await serversById(hub.db, await serversSharedWith(hub.db, named))
  const facts = await factsOf(
    hub.db,
    servers.map((server) => server.id),
  )
  return servers.filter((server) => mayBe(hub, 'share', user, server, facts))
}

/**
 * Returns whether this session may have a seat: the owner's, or one of a guest, who then stays a guest until the
 * transaction ends.
 */
export async function mayEnter(
  hub: Hub,
  trx: Transaction,
  server: Server,
  { user, session }: { user: string; session: string },
): Promise<boolean> {
  if (user === server.user) return true
  if (!hasOwnHosts(hub) || !(await holdGuest(trx, server.id, user))) return false
  return hasSeatsLeft(trx, server, { user, session })
}

/**
 * Returns whether the guest may take another seat. A guest who takes seat after seat and ends them is refused until the
 * server starts anew.
 */
async function hasSeatsLeft(
  trx: Transaction,
  server: Server,
  guest: { user: string; session: string },
): Promise<boolean> {
  const taken = await countGuestSeats(trx, server, guest)
  return taken.own < mostSeats.own && taken.all < mostSeats.all
}

export interface GuestLaunch {
  user: User
  server: Server
  /** Hash of the session that gets the ticket. */
  session: string
  landing: string
}

/** Makes the user a guest at a running server, begins a launch, tells every proxy, and returns the launch's id. */
export async function launchAsGuest(hub: Hub, { user, server, session, landing }: GuestLaunch): Promise<string> {
  const open = hub.courses.all[server.course]
  if (open === undefined) throw notYours()
  await requireOpen(hub, { user, course: open })
  countLaunch(hub, user)
  const { moved, role, id } = await hub.db.transaction(async (trx) => {
    // Held until the end: a block of the user or the end of the share waits meanwhile, and then finds the guest.
    const held = await lockUser(trx, user.id)
    const shares = await holdShares(trx, server.id, { name: user.name, groups: groupsOf(hub, user) })
    const wide = await serversWithWideHome(trx, [server.id])
    const role = held && roleBy(hub, held, server, { shares, wide })
    if (role === undefined) throw notYours()
    const present = await guestsOf(trx, server.id)
    if (!present.includes(user.id) && present.length >= mostGuests) throw tooMany()
    if (!(await hasSeatsLeft(trx, server, { user: user.id, session }))) throw usedUp()
    const { course, run } = server
    await addGuest(trx, { server: server.id, user: user.id, role })
    const id = await addLaunch(trx, { session, user: user.id, server: server.id, run, landing, framed: false })
    const detail = { owner: server.user }
    const kind = role === 'staff' ? 'opened-as-staff' : 'opened-shared'
    await addEvent(trx, { kind, user: user.id, course, server: server.id, run, detail })
    const moved = await moveRevision(trx, server.id)
    if (moved?.run !== run) throw notRunning()
    return { moved, role, id }
  })
  await hub.proxies.put(await routeOf(hub, moved))
  hub.log.info({ user: user.id, ...keyOf(server), role }, 'launched as a guest')
  return id
}

/**
 * Ends every guest who may not be one any more, with their seats and open connections at all proxies, before it
 * resolves. To be called after anything that takes a permission away: a block, a removal, another config.
 */
export async function reviewGuests(hub: Hub, of: { server?: string; user?: string } = {}): Promise<void> {
  const lost = await lostGuests(hub, hub.db, of)
  await Promise.all(
    [...lost].map(async ([server, users]) => {
      const moved = await hub.db.transaction((trx) => endGuests(trx, server, users))
      hub.log.info({ server, users }, 'guests may not stay')
      if (moved !== undefined) await hub.proxies.put(await routeOf(hub, moved))
    }),
  )
}

/**
 * Ends the same guests in the transaction that takes the permission away, so that a hub that is killed right after it
 * leaves none of them. Returns the servers whose routes are to be written then (`tellProxies`). A proxy that is not told
 * gets them with the next look at its routes (`hub/proxies/sync.ts`).
 */
export async function reviewGuestsIn(
  hub: Hub,
  trx: Transaction,
  of: { server: string } | { user: string },
): Promise<Server[]> {
  const lost = await lostGuests(hub, trx, of)
  const moved: Server[] = []
  // In one order everywhere, so that two of these never wait for each other.
  for (const [server, users] of [...lost].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const row = await endGuests(trx, server, users)
    if (row !== undefined) moved.push(row)
  }
  return moved
}

/** Writes the routes of servers that have lost guests to every proxy, which closes what these have open. */
export async function tellProxies(hub: Hub, moved: Server[]): Promise<void> {
  await Promise.all(
    moved.map(async (server) => {
      hub.log.info({ server: server.id }, 'guests may not stay')
      await hub.proxies.put(await routeOf(hub, server))
    }),
  )
}

/** Returns the users who may not be guests any more, by server. */
async function lostGuests(
  hub: Hub,
  db: Database,
  of: { server?: string; user?: string },
): Promise<Map<string, string[]>> {
  const guests = await listGuests(db, of)
  if (guests.length === 0) return new Map()
  const facts = await factsOf(db, [...new Set(guests.map((guest) => guest.server))])
  const lost = guests.filter(({ role, user, server, owner, course }) => {
    return !mayBe(hub, role, user, { id: server, user: owner, course }, facts)
  })
  return listsOf(lost.map(({ server, user }) => [server, user.id]))
}

/** Returns the refusal of a server. The answer is one for a server that exists and one that does not. */
export function notYours(): HttpError {
  return new HttpError(
    403,
    'not_yours',
    say`This notebook belongs to somebody else, or to an earlier session of this browser.`,
    [{ href: '/hub/home', text: say`Show my notebooks` }],
  )
}

function notRunning(): HttpError {
  return new HttpError(409, 'not_running', say`This notebook is not running. Only its owner can start it.`, [
    { href: '/hub/home', text: say`Show my notebooks` },
  ])
}

function usedUp(): HttpError {
  return new HttpError(
    409,
    'seats_used_up',
    say`You have entered this notebook too many times since it was started. Ask its owner to restart it.`,
    [{ href: '/hub/home', text: say`Show my notebooks` }],
  )
}

function tooMany(): HttpError {
  return new HttpError(
    409,
    'too_many_guests',
    say`Too many people have this notebook open. Ask its owner to restart it.`,
  )
}
