import type { ShownChoices } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { notYours } from '../access/guests.ts'
import { requireOffered } from '../choices/offered.ts'
import { shownChoices } from '../choices/shown.ts'
import { addLaunch, type Launch } from '../db/seats/launches.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServerByPath, findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { requireAnswers } from '../questions/asked.ts'
import { requestServer, serverPath } from '../servers/request.ts'
import type { Reading } from '../views/courses/reading.ts'
import { requireChosen, requireNoChoice, requireSameRun } from './choices/choice.ts'
import { courseFor } from './course.ts'
import { earlyFiles, earlyOrigin } from './early.ts'
import { filesOf } from './files.ts'
import { landingPath } from './landing.ts'
import { refuseMissing } from './missing.ts'
import type { Entry } from './parse.ts'
import { readingOf } from './preview.ts'

export interface LaunchOrder {
  entry: Entry
  /** The entry link, path and query. */
  link: string
  user: User
  /** Hash of the session that gets the ticket. */
  session: string
  framed: boolean
  /** Whether the browser lets scripts keep things. */
  storage: boolean
  /** Whether a button asks for the notebook to be made where it is not there. */
  makes?: boolean
  /** What a button puts in the place of the notebook. */
  replaces?: Launch['replaces']
}

/** A launch that has begun. */
interface Begun {
  id: string
  launch: Launch
  /** The server that the launch leads to, as it was found or begun. */
  server: Server
  /** What the server has of its course's choices. */
  choices: ShownChoices | undefined
  /** The notebook that the user can read meanwhile. */
  reading: Reading | undefined
  /** The origin of the server's pages, where it helps to connect to it early. */
  connects: string | undefined
  /** Where the static files lie that the browser may bring meanwhile. */
  files: string | undefined
}

/**
 * Carries a launch from its course to a server that runs or is on its way, and returns the launch and its id. Parsing and identifying come before (`parse.ts`, `identify.ts`), the seat and landing after (`ticket.ts`, and the
 * proxy). A link that restarts the server has been confirmed by then.
 */
export async function launch(hub: Hub, request: LaunchOrder): Promise<Begun> {
  const { entry, link, user, session, framed, storage, makes = false, replaces } = request
  const course = await courseFor(hub, user, entry, link)
  await requireOwner(hub, entry, user)
  await requireLink(hub, entry, user, course)
  const asked = requireOffered(hub, user, course, entry)
  const answers = requireAnswers(course, entry)
  const following = { user, course, entry, link, asked, answers }
  await requireNoChoice(hub, following)
  await requireChosen(hub, following)
  if (!makes) await refuseMissing(hub, user, course, entry)
  const server = await requestServer(hub, user, course, {
    anew: entry.restart,
    notebook: entry.notebook,
    asked,
    answers,
  })
  // Another launch may have started it meanwhile.
  await requireSameRun(hub, following, server)
  const landing = server.path + landingPath(course, entry, storage)
  hub.log.info({ user: user.id, course: course.slug, ...keyOf(server), state: server.state }, 'launched')
  const wishes = { files: filesOf(course, entry), makes, replaces }
  const begun = { session, user: user.id, ...keyOf(server), landing, framed, ...wishes }
  const id = await addLaunch(hub.db, begun)
  return {
    id,
    launch: begun,
    server,
    choices: (await shownChoices(hub, user, [server])).get(server.id),
    // A page that leads on at once shows nothing to read.
    reading: server.state === 'ready' ? undefined : await readingOf(hub, id, begun, server),
    connects: earlyOrigin(hub, server.label),
    files: server.state === 'ready' ? undefined : await earlyFiles(hub, server.course),
  }
}

/** Throws when the link leads into a server that is not the user's. */
async function requireOwner(hub: Hub, entry: Entry, user: User): Promise<void> {
  if (!(await isOwner(hub, entry, user))) throw notYours()
}

/** Returns whether the server that the link names is the user's, or would be. A link that names none is for all users. */
export async function isOwner(hub: Hub, entry: Entry, user: User): Promise<boolean> {
  if (entry.serverPath === undefined) return true
  const server = await findServerByPath(hub.db, entry.serverPath)
  return server === undefined
    ? entry.serverPath === serverPath(user, { slug: entry.course.toLowerCase() })
    : server.user === user.id
}

/**
 * Throws for a learner in a course that no link of the learner's LMS has opened: the LMS decides what its learners may
 * open.
 */
async function requireLink(hub: Hub, entry: Entry, user: User, course: Course): Promise<void> {
  if (user.kind !== 'learner' || entry.learner !== undefined) return
  if ((await findServerOf(hub.db, user.id, course.slug)) !== undefined) return
  throw new HttpError(403, 'lms_needed', say`Open this course from a page of your LMS first.`, [
    { href: '/hub/home', text: say`Show my notebooks` },
  ])
}
