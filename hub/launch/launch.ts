import type { Course } from '../../courses/course.ts'
import { findCourse, nearMatches } from '../../courses/find.ts'
import { notYours } from '../access/guests.ts'
import { addLaunch } from '../db/seats/launches.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServerByPath, findServerOf } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { pathName, requestServer } from '../servers/request.ts'
import { landingPath } from './landing.ts'
import type { Entry } from './parse.ts'

export interface LaunchOrder {
  entry: Entry
  user: User
  /** Hash of the session that gets the ticket. */
  session: string
  framed: boolean
  /** Whether the browser lets scripts keep things. */
  storage: boolean
}

/**
 * Carries a launch from its course to a server that runs or is on its way, and returns the launch's id. Parsing and
 * identifying come before (`parse.ts`, `identify.ts`), the seat and landing after (`ticket.ts`, and the proxy).
 */
export async function launch(hub: Hub, request: LaunchOrder): Promise<string> {
  const { entry, user, session, framed, storage } = request
  const course = courseOf(hub, entry)
  await requireOwner(hub, entry, user)
  await requireLink(hub, entry, user, course)
  const server = await requestServer(hub, user, course)
  const landing = server.path + landingPath(course, entry, storage)
  hub.log.info({ user: user.id, course: course.slug, ...keyOf(server), state: server.state }, 'launched')
  return addLaunch(hub.db, { session, user: user.id, ...keyOf(server), landing, framed })
}

/**
 * Returns the course from the allow-list. An unknown name throws a page that helps, and never becomes another image.
 */
export function courseOf(hub: Hub, entry: Entry): Course {
  const course = findCourse(hub.config.courses, entry.course)
  if (course !== undefined) return course
  const near = nearMatches(hub.config.courses, entry.course)
  const hint = near.length === 0 ? 'Check the link, or ask whoever gave it to you.' : 'Did you mean one of these?'
  const notebook = entry.learner === undefined ? (entry.notebook?.split('/') ?? []) : []
  const links = near.map((name) => ({
    href: `/launch/${[name, ...notebook].map(encodeURIComponent).join('/')}`,
    text: name,
  }))
  throw new HttpError(
    404,
    'unknown_course',
    `There is no course named "${entry.course.slice(0, 80)}" here. ${hint}`,
    links,
  )
}

/** Throws when the link leads into a server that is not the user's. */
async function requireOwner(hub: Hub, entry: Entry, user: User): Promise<void> {
  if (entry.serverPath === undefined) return
  const server = await findServerByPath(hub.db, entry.serverPath)
  const own =
    server === undefined
      ? entry.serverPath === `/user/${pathName(user.name)}/${entry.course.toLowerCase()}/`
      : server.user === user.id
  if (!own) throw notYours()
}

/**
 * Throws for a learner in a course that no link of the learner's LMS has opened: the LMS decides what its learners may
 * open.
 */
async function requireLink(hub: Hub, entry: Entry, user: User, course: Course): Promise<void> {
  if (user.kind !== 'learner' || entry.learner !== undefined) return
  if ((await findServerOf(hub.db, user.id, course.slug)) !== undefined) return
  throw new HttpError(403, 'lms_needed', 'Open this course from a page of your LMS first.', [
    { href: '/hub/home', text: 'Show my notebooks' },
  ])
}
