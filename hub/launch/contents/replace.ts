/** Puts a notebook in the place of a learner's, of which a version is kept. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { putBlobs, readBlob } from '../../db/content/blobs.ts'
import { countingCommit } from '../../db/content/brought.ts'
import { putCopy } from '../../db/content/copies.ts'
import type { IndexedNotebook } from '../../db/content/notebooks.ts'
import { addVersion, countVersions, findVersion, type OwnerOfVersions } from '../../db/content/versions.ts'
import type { Transaction } from '../../db/dialect.ts'
import { type Launch, noteReplaced } from '../../db/seats/launches.ts'
import type { Server } from '../../db/servers/servers.ts'
import { findUser, lockUser } from '../../db/users.ts'
import { HttpError, messageOf } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import type { Hub } from '../../hub.ts'
import { tooLongText } from '../../servers/server-call.ts'
import { versionsLink } from '../../views/choices/choice.ts'
import { type Ask, asker, contentsOf } from './ask.ts'
import { holderOf } from './copy.ts'
import { exactly, putNew, requireDone } from './put.ts'

const patienceMilliseconds = 60_000
/** The longest notebook of which a version is kept. */
const mostBytes = 20 * 2 ** 20
/** How often a notebook is replaced within an hour. */
const [mostLately, paceMilliseconds] = [20, 3600_000]
/** What the versions of a learner in a course may take, so that no one fills the database. */
const mostBytesInAll = 200 * 2 ** 20

interface ReplacedBy {
  course: Course
  /** The course's own notebook that the link means, if it means one. */
  notebook: IndexedNotebook | undefined
  /** All files that the link may mean. */
  paths: readonly string[]
}

/** Replaces the notebook of a launch whose button has asked for that, once. Only the owner's launches do so. */
export async function replaceAsAsked(
  hub: Hub,
  server: Server,
  launch: Launch,
  { course, notebook, paths }: ReplacedBy,
): Promise<void> {
  const { replaces } = launch
  const user = replaces === undefined || launch.user !== server.user ? undefined : await findUser(hub.db, launch.user)
  if (replaces === undefined || user === undefined) return
  const owner = { account: accountOf(user), course: course.id }
  if (replaces === 'course') {
    const commit = await countingCommit(hub.db, course.id)
    if (notebook !== undefined)
      await replaceNotebook(hub, server, { owner, path: notebook.path, digest: notebook.digest, commit })
  } else {
    const version = await findVersion(hub.db, owner, replaces)
    if (version === undefined || !paths.includes(version.path)) throw noVersion()
    await replaceNotebook(hub, server, { owner, path: version.path, digest: version.digest, commit: undefined })
  }
  await noteReplaced(hub.db, launch)
}

function noVersion(): HttpError {
  return new HttpError(404, 'no_version', 'There is no such earlier version of this notebook.', [
    { href: '/hub/home', text: 'Show my notebooks' },
  ])
}

interface Replacement {
  owner: OwnerOfVersions
  path: string
  /** The content that comes. */
  digest: string
  /** The commit of the course whose notebook it is; undefined of an earlier version. */
  commit: string | undefined
}

/**
 * Puts a notebook in the place of what the learner has at its path, and keeps that as a version first. Where nothing is at
 * that path, or the same, changes nothing. A hub that is killed meanwhile may be asked again. Throws in words for the
 * learner when it is not done.
 */
async function replaceNotebook(hub: Hub, server: Server, { owner, path, ...by }: Replacement): Promise<void> {
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    const present = await bytesAt(ask, path).catch((error: unknown) => {
      throw messageOf(error) === tooLongText ? tooLarge() : error
    })
    const coming = await readBlob(hub.db, by.digest)
    if (coming === undefined) throw new Error(`the content ${by.digest} is not in the database`)
    if (present === undefined) {
      // The course's own notebook is copied by what comes next.
      if (by.commit === undefined) await putNew(ask, { path, folder: '', file: exactly(coming) })
      return
    }
    if (present.equals(coming)) return
    const digest = createHash('sha256').update(present).digest('hex')
    await hub.db.transaction(async (trx) => {
      // Replacements side by side are counted one after the other.
      await lockUser(trx, server.user)
      await requirePace(trx, { ...owner, path, size: present.length, slug: server.course })
      await putBlobs(trx, [{ digest, bytes: present }])
      await addVersion(trx, { ...owner, path, digest, size: present.length })
      if (by.commit !== undefined)
        await putCopy(trx, { holder: holderOf(server), path, digest: by.digest, commit: by.commit })
    })
    requireDone(await ask(contentsOf(path), { method: 'PUT', body: exactly(coming) }))
  } catch (error) {
    if (error instanceof HttpError) throw error
    const reason = messageOf(error)
    hub.log.warn({ server: server.id, file: path.slice(0, 200), reason }, 'could not replace a notebook')
    throw new HttpError(
      409,
      'notebook_not_replaced',
      'Your notebook server did not take the other notebook, and yours is as it was: the disk may be full. Try once more.',
      [],
    )
  }
}

interface Kept extends OwnerOfVersions {
  path: string
  /** Bytes of the version that is to be kept. */
  size: number
  /** Of the course. */
  slug: string
}

/** Throws where versions would take too much, or a program of the learner's may be pressing the button. */
async function requirePace(trx: Transaction, { size, slug, ...place }: Kept): Promise<void> {
  const { lately, bytes } = await countVersions(trx, { ...place, within: paceMilliseconds })
  if (lately < mostLately && bytes + size <= mostBytesInAll) return
  throw new HttpError(
    429,
    'too_many_versions',
    lately < mostLately
      ? 'Your earlier versions of notebooks of this course take all the room that there is for them. Delete some that you do not need, and try again.'
      : 'This notebook was replaced very often just now, and each time a version was kept. Try again in an hour.',
    [{ href: versionsLink({ slug }), text: 'Earlier versions', here: true }],
  )
}

function tooLarge(): HttpError {
  return new HttpError(
    409,
    'notebook_too_large',
    'Your notebook has more than 20 MB, so no version of it can be kept, and it stays as it is. Clear its outputs and save it, or rename it, and try again.',
    [],
  )
}

const fileSchema = z.looseObject({ content: z.string() })

/** Returns the bytes of a file as they are stored; undefined where there is none. */
async function bytesAt(ask: Ask, path: string): Promise<Buffer | undefined> {
  // As a file: a notebook that is being saved would lose the save if it were read as one.
  const question = `${contentsOf(path)}?type=file&format=base64&content=1`
  const { status, text } = await ask(question, { mostBytes: mostBytes * 1.4 })
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`it answered ${status}`)
  return Buffer.from(fileSchema.parse(JSON.parse(text)).content, 'base64')
}
