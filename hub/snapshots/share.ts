/** Makes a page of a notebook of a user's as it is now, and keeps it at an address for all who have the link. */
import type { Course } from '../../courses/course.ts'
import { documentStyle } from '../../notebooks/render/document.ts'
import { pictureKind } from '../../notebooks/render/html/pictures.ts'
import { snapshotUrl } from '../../seats/files/snapshots.ts'
import type { Language } from '../../words/language.ts'
import { say, type Text } from '../../words/text.ts'
import { type Ask, asker } from '../copies/ask.ts'
import { bytesAt } from '../copies/bytes-at.ts'
import { readClock } from '../db/clock.ts'
import { putSnapshot, type Snapshot } from '../db/content/snapshots.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import type { Server } from '../db/servers/servers.ts'
import { lockUser, type User } from '../db/users.ts'
import { HttpError, messageOf, TooMany } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { refusalError, refusalOf } from '../rights/opening.ts'
import { tooLongText } from '../servers/server-call.ts'
import { turnsOfShare } from './open.ts'
import { mayShareCopies } from './rights.ts'

export interface ShareOrder {
  user: User
  course: Course
  /** The file, or several of which the first that is there is meant. */
  paths: readonly string[]
  /** How long the copy stays. Default: what the site says. */
  days?: number | undefined
  /** What must still be true when the copy is kept, such as a session that has not been signed out. */
  precondition?: (trx: Transaction) => Promise<boolean>
}

const [patienceMilliseconds, dayMilliseconds] = [20_000, 86_400_000]
/** The most bytes of a notebook, of one picture, and of all pictures that a page shows. */
const most = { notebook: 10 * 2 ** 20, picture: 1.4 * 2 ** 20, pictures: 2.5 * 2 ** 20 }
/** The most bytes of documents, packed. */
const room = { bytesOfUser: 30 * 2 ** 20, bytesOfCourse: 2 ** 30 }

/**
 * Shares a notebook of the server's owner. Where it was shared before, the new state gets the old address. Nothing is kept
 * before the page is whole. Throws in words for the owner when it is not done.
 */
export async function shareCopy(hub: Hub, server: Server, order: ShareOrder): Promise<Snapshot> {
  const { user, course, paths, days = hub.config.snapshots.days, precondition } = order
  const { mostDays, perUser } = hub.config.snapshots
  if (!mayShareCopies(hub, user, course))
    throw new HttpError(403, 'no_snapshots', say`Copies of notebooks of this course are not shared here.`)
  const refusal = await refusalOf(hub, user, course)
  if (refusal !== undefined) throw refusalError(course, refusal)
  if (days > mostDays)
    throw new HttpError(400, 'bad_days', say`A copy stays ${mostDays} days at most here. Choose a shorter time.`)
  if (server.user !== user.id || server.state !== 'ready')
    throw new HttpError(409, 'not_running', say`Open your notebook first, then share it.`)
  // The copy speaks its course's language, since its readers are not known yet.
  const language = course.language ?? hub.config.site.language
  const page = await taken(hub, user.id, () => pageOf(hub, server, paths, language))
  const kept = await hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked?.state !== 'active' || (precondition !== undefined && !(await precondition(trx))))
      throw new HttpError(403, 'seat_ended', say`Your access has ended meanwhile, so nothing is shared.`)
    const snapshot = await putSnapshot(
      trx,
      { user: user.id, course: course.id, ...page, style: documentStyle, milliseconds: days * dayMilliseconds },
      { ...room, perUser },
    )
    if (typeof snapshot === 'string') throw noRoom(snapshot, perUser)
    const event = { user: user.id, course: course.slug, server: server.id, run: server.run }
    await addEvent(trx, { kind: 'snapshot-made', ...event, detail: { days } })
    return snapshot
  })
  return kept
}

/** Pages that are made at once, or wait for the thread: each notebook is in memory meanwhile. */
const makesAtOnce = 8

/** Returns the page that `make` makes in the user's turn. What could not be made in time costs more, since others have waited for it. */
async function taken(
  { snapshots: { shares, makes } }: Hub,
  user: string,
  make: () => Promise<MadePage | 'slow'>,
): Promise<MadePage> {
  const seconds = shares.take(user, turnsOfShare)
  if (seconds > 0) throw new TooMany(seconds, say`You share very often. Try again in ${seconds} s.`)
  const leave = makes.take([
    { name: 'all', most: makesAtOnce },
    { name: `user ${user}`, most: 1 },
  ])
  let page: MadePage | 'slow' | undefined
  try {
    if (leave === undefined)
      throw new TooMany(5, say`Copies are being made just now, perhaps one of yours. Try again in a moment.`)
    page = await make()
    if (page !== 'slow') return page
    throw new HttpError(409, 'not_shown', say`This notebook takes too long to be made a page. Nothing is shared.`)
  } finally {
    leave?.()
    if (page !== 'slow') for (let turn = 1; turn < turnsOfShare; turn += 1) shares.giveBack(user)
  }
}

/** Returns where a copy is read. */
export function copyAddress({ serversUrl }: Pick<Hub, 'serversUrl'>, { id }: Pick<Snapshot, 'id'>): string {
  return snapshotUrl(serversUrl, id)
}

interface MadePage {
  path: string
  title: string
  html: Buffer
}

async function pageOf(
  hub: Hub,
  server: Server,
  paths: readonly string[],
  language: Language,
): Promise<MadePage | 'slow'> {
  const { path, bytes } = await readNotebook(hub, server, paths)
  const noteForOthers = noteOf(await readClock(hub.db)).plain(language)
  const first = await hub.snapshots.render({ path, bytes, pictures: {}, noteForOthers })
  const isMade = first !== undefined && first !== 'unreadable'
  const pictures = isMade && first.pictures.length > 0 ? await readPictures(hub, server, first.pictures) : {}
  const hasPictures = Object.keys(pictures).length > 0
  const whole = hasPictures ? await hub.snapshots.render({ path, bytes, pictures, noteForOthers }) : first
  if (whole === undefined) return 'slow'
  if (whole === 'unreadable')
    throw new HttpError(409, 'no_notebook', say`This file is no notebook that can be read. Nothing is shared.`)
  return { path, title: whole.title, html: Buffer.from(whole.html) }
}

interface ReadFile {
  path: string
  bytes: Buffer
}

async function readNotebook(hub: Hub, server: Server, paths: readonly string[]): Promise<ReadFile> {
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    for (const path of paths.filter(isPlain)) {
      const bytes = await bytesAt(ask, path, most.notebook)
      if (bytes !== undefined) return { path, bytes }
    }
    throw noNotebook()
  } catch (error) {
    if (error instanceof HttpError) throw error
    const reason = messageOf(error)
    if (reason === tooLongText)
      throw new HttpError(
        413,
        'too_large',
        say`This notebook is too large to be shared: it may have ${most.notebook / 2 ** 20} MB. Clear large outputs, save it, and try again.`,
      )
    throw notRead(hub, server, say`this notebook`, reason)
  }
}

function notRead(hub: Hub, server: Server, what: Text, reason: string): HttpError {
  hub.log.info({ server: server.id, what: String(what), reason }, 'could not read what is to be shared')
  return new HttpError(409, 'not_read', say`Your server did not hand over ${what}. Nothing is shared; try once more.`)
}

/** Returns whether a path names a place below the server's folder, spelled so that no program reads another one out of it. */
function isPlain(path: string): boolean {
  const isText = path.isWellFormed() && !path.includes('\0') && !path.includes('\\')
  return isText && path.split('/').every((part) => !['', '.', '..'].includes(part))
}

/**
 * Returns the pictures beside a notebook that the server has. Without the others the page says what it does not show. They have a time
 * of their own, since the page has perhaps waited for others'.
 */
async function readPictures(hub: Hub, server: Server, names: readonly string[]): Promise<Record<string, Uint8Array>> {
  const there: [string, Uint8Array][] = []
  let size = 0
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    for (const name of names) {
      if (pictureKind(name) === undefined || !isPlain(name)) continue
      const bytes = await pictureAt(ask, name)
      if (bytes === undefined || size + bytes.length > most.pictures) continue
      size += bytes.length
      there.push([name, bytes])
    }
  } catch (error) {
    throw notRead(hub, server, say`the pictures of this notebook`, messageOf(error))
  }
  return Object.fromEntries(there)
}

/** Returns a picture; undefined where the server says that it has none, or one that is too large. Rejects where it does not answer. */
async function pictureAt(ask: Ask, name: string): Promise<Buffer | undefined> {
  try {
    return await bytesAt(ask, name, most.picture)
  } catch (error) {
    // Only what ends a connection has a code.
    if (error instanceof Error && 'code' in error) throw error
    return undefined
  }
}

function noteOf(now: number): Text {
  const time = `${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return say`A copy to read, as this notebook was on ${time}. A user of this site has written and shared it; the site itself says none of this.`
}

function noNotebook(): HttpError {
  return new HttpError(404, 'no_notebook', say`You have no notebook of this name. Save it first, then share it.`)
}

function noRoom(why: 'too many' | 'too large' | 'course full', perUser: number): HttpError {
  const texts = {
    'too many': say`You share ${perUser} copies, which is the most. Delete one that is not needed any more.`,
    'too large': say`Your shared copies take all the room that there is for them. Delete one, or clear large outputs.`,
    'course full': say`The shared copies of this course take all the room that there is for them. Tell those who run it.`,
  }
  return new HttpError(409, 'no_room', texts[why], [{ href: '/hub/snapshots', text: say`Show my shared copies` }])
}
