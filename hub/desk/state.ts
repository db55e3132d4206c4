/** What the strip shows: the course, the notebook, and the time that is left. */

import type { Course } from '../../courses/course.ts'
import { addressIn, linkTo } from '../../courses/support/contact.ts'
import { say } from '../../words/text.ts'
import { toldIn } from '../announcements/announcements.ts'
import { holderOf } from '../copies/copy.ts'
import { readClock } from '../db/clock.ts'
import { findCopy } from '../db/content/copies.ts'
import { findNotebook } from '../db/content/notebooks.ts'
import { countVersionsAt } from '../db/content/versions.ts'
import { breaksReference } from '../db/dialect.ts'
import { noteDesk, noteWarned } from '../db/servers/desks.ts'
import { endOfServer, type ServerEnd, warnSeconds } from '../ends/ends.ts'
import { noteVisible } from '../ends/keep.ts'
import { endInWords } from '../ends/words.ts'
import { HttpError } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import type { Hub } from '../hub.ts'
import { memoryInUse } from '../servers/health/memory-in-use.ts'
import { mayShareCopies } from '../snapshots/rights.ts'
import type { DeskCaller } from './caller.ts'

export interface StateQuestion {
  /** The file that the program shows. */
  notebook: string | null
  /** Whether the page is visible and has had input lately. */
  active: boolean
}

/** Returns what a desk is told, and notes that it has asked. */
export async function answerState(hub: Hub, { server, user }: DeskCaller, { notebook, active }: StateQuestion) {
  const course = hub.courses.all[server.course]
  const known =
    notebook === null || course === undefined
      ? undefined
      : await notebookShown(hub, { server, user, course, path: notebook })
  const desk = { server: server.id, run: server.run, path: known?.path ?? '' }
  if (active) await noteVisible(hub, server)
  await noteDesk(hub.db, desk).catch((error: unknown) => {
    throw breaksReference(error) ? new HttpError(410, 'stopped', say`This notebook has been removed.`) : error
  })
  const end = await endOfServer(hub, server)
  if (end?.warn && end.lastActivity !== undefined) await noteWarned(hub.db, desk, end.lastActivity)
  return {
    course: { name: course?.slug ?? server.course, title: course?.title ?? null, ...whomToAsk(hub, course) },
    help: hub.config.site.help ?? null,
    ends: await presentEnd(hub, end),
    notebook: known ?? null,
    memory: await memoryInUse(hub, server),
    copies: course !== undefined && mayShareCopies(hub, user, course) ? copiesOffered(hub) : null,
    announcements: await toldIn(hub, { id: course?.id ?? server.course }),
    again: askAgain(end, active),
  }
}

/** Returns whom the learner asks, and where a link to that leads. */
function whomToAsk({ config }: Hub, course: Course | undefined) {
  const contact = course?.contact ?? config.site.support
  const address = contact === undefined ? undefined : addressIn(contact)
  const link = address && linkTo(address, course?.title ?? course?.name ?? config.site.name)
  return { contact: contact ?? null, contactLink: link ?? null }
}

/** Returns for how many days the owner may share a copy of the notebook. */
function copiesOffered({ config }: Pick<Hub, 'config'>) {
  const { days, mostDays } = config.snapshots
  return { days, mostDays }
}

/** Returns a server's end as strips read it. */
export async function presentEnd({ db }: Pick<Hub, 'db'>, end: ServerEnd | undefined) {
  if (end === undefined) return null
  const { why, seconds, warn } = end
  return { seconds, why, keep: why === 'idle', warn, says: endInWords(end, await readClock(db)) }
}

/** The usual, near the end, and the most seconds from question to question. */
const [usual, near, least] = [60, 20, 5]
/** Where no idleness can end the server, nothing but the course's notebook can change. */
const seldom = 120

/** Returns after how many seconds the desk is to ask again: in time for a warning, and often while that stands. */
function askAgain(end: ServerEnd | undefined, active: boolean): number {
  if (end === undefined) return active ? usual : seldom
  const untilWarning = end.seconds - warnSeconds(end.limitSeconds)
  if (untilWarning > 0) return Math.ceil(Math.min(usual, Math.max(least, untilWarning)))
  return Math.ceil(Math.min(near, Math.max(least, end.seconds / 2)))
}

interface Shown extends Pick<DeskCaller, 'server' | 'user'> {
  course: Course
  path: string
}

/** Returns what is known of a file that is a notebook of the course, or the copy of one; undefined of other files. */
async function notebookShown({ db }: Pick<Hub, 'db'>, { server, user, course, path }: Shown) {
  if (course.content === undefined) return undefined
  const notebook = await findNotebook(db, course.id, path)
  const copy = await findCopy(db, { holder: holderOf(server), path })
  if (notebook === undefined && copy === undefined) return undefined
  const newer = copy !== undefined && notebook?.digest !== copy.digest ? notebook?.digest : undefined
  return {
    path,
    title: notebook?.title ?? null,
    version: notebook?.version ?? null,
    copy: copy !== undefined,
    mine: copy !== undefined,
    behind: newer !== undefined,
    offer: newer !== undefined && newer !== copy?.declined,
    versions: await countVersionsAt(db, { account: accountOf(user), course: course.id }, path),
  }
}
