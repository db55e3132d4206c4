/** Puts a notebook in the place of a learner's, of which a version is kept. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { putBlobs, readBlob } from '../db/content/blobs.ts'
import { putCopy } from '../db/content/copies.ts'
import { addVersion, countVersions, type OwnerOfVersions } from '../db/content/versions.ts'
import type { Transaction } from '../db/dialect.ts'
import type { Server } from '../db/servers/servers.ts'
import { lockUser } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { tooLongText } from '../servers/server-call.ts'
import { versionsLink } from '../views/choices/choice.ts'
import { type Ask, asker, contentsOf } from './ask.ts'
import { bytesForCopy } from './bytes.ts'
import { holderOf } from './copy.ts'
import { exactly, putNew, requireDone } from './put.ts'

const patienceMilliseconds = 60_000
/** The longest notebook of which a version is kept. */
const mostBytes = 20 * 2 ** 20
/** How often a notebook is replaced within an hour. */
const [mostLately, paceMilliseconds] = [20, 3600_000]
/** What the versions of a learner in a course may take, so that no one fills the database. */
const mostBytesInAll = 200 * 2 ** 20

/** Whether an editor that has the notebook open must read it anew. */
export interface Reloaded {
  reload: boolean
}

interface Replacement {
  owner: OwnerOfVersions
  course: Course
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
export async function replaceNotebook(
  hub: Hub,
  server: Server,
  { owner, course, path, ...by }: Replacement,
): Promise<Reloaded> {
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    const present = await bytesAt(ask, path).catch((error: unknown) => {
      throw messageOf(error) === tooLongText ? tooLarge() : error
    })
    const stored = await readBlob(hub.db, by.digest)
    if (stored === undefined) throw new Error(`the content ${by.digest} is not in the database`)
    const coming = by.commit === undefined ? stored : bytesForCopy(course, path, stored)
    if (present === undefined) {
      // The course's own notebook is copied by what comes next.
      if (by.commit === undefined) await putNew(ask, { path, folder: '', file: exactly(coming) })
      return { reload: false }
    }
    if (present.equals(coming)) return { reload: false }
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
    return { reload: true }
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
