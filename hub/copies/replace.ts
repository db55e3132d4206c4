/** Puts a notebook in the place of a learner's, of which a version is kept. */

import { randomBytes } from 'node:crypto'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { readBlob } from '../db/content/blobs.ts'
import { putCopy } from '../db/content/copies.ts'
import { beginSwap, type Swap } from '../db/content/swaps.ts'
import { countVersions, type OwnerOfVersions } from '../db/content/versions.ts'
import { forgetWish } from '../db/content/wishes.ts'
import type { Transaction } from '../db/dialect.ts'
import type { Server } from '../db/servers/servers.ts'
import { lockUser } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { tooLongText } from '../servers/server-call.ts'
import { versionsLink } from '../views/choices/choice.ts'
import { alone } from './alone.ts'
import { type Ask, asker } from './ask.ts'
import { bytesForCopy } from './bytes.ts'
import { blobDigest, bytesAt } from './bytes-at.ts'
import { holderOf, wishSlugOf } from './copy.ts'
import { concludeSwap, finishSwaps, keepVersion, notePlaced } from './finish.ts'
import { exactly, putNew } from './put.ts'
import { NotQuiet, quietAt } from './quiet.ts'
import { hasSharedDocuments, sharedAtRest, writeOver } from './shared.ts'
import { savedText, swapIn } from './swap.ts'

/** The code of the error that says that nothing was replaced because something was being saved, which soon passes. */
export const beingSavedCode = 'server_saving'
const patienceMilliseconds = 60_000
const underWayText = 'it is being replaced already'
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
  /** Bytes that come in the place of that content, and count as a copy of it. */
  merged?: Buffer
  /** The digest of what is there. Where it is anything else, nothing is done, and the learner is told. */
  present?: string
  /** Whether what is there is the course's own, byte by byte, so that no version of it is kept. */
  isUntouched?: boolean
}

/**
 * Puts a notebook in the place of what the learner has at its path, and keeps that as a version first. Where nothing is at
 * that path, or the same, changes nothing. What is saved at that path meanwhile is kept as a version too. When a hub is killed
 * on the way, another one ends it. What was wished before in that place is over then. Throws in words for the learner when it
 * is not done.
 */
export async function replaceNotebook(
  hub: Hub,
  server: Server,
  { owner, course, path, merged, present: expected, isUntouched = false, ...by }: Replacement,
): Promise<Reloaded> {
  const place = { holder: holderOf(server), path }
  try {
    await finishSwaps(hub, server)
    const coming = merged ?? (await contentOf(hub, { course, path, ...by }))
    const ask = asker(hub, server, patienceMilliseconds)
    const present = await keepableBytes(ask, path)
    if (expected !== undefined && (present === undefined || blobDigest(present) !== expected)) throw changedMeanwhile()
    if (present === undefined) {
      // The course's own notebook is copied by what comes next.
      const tag = by.digest.slice(0, 8)
      const file = { path, folder: '', file: exactly(coming), tag, quiet: quietAt(hub, server) }
      if (by.commit === undefined && !(await putNew(ask, file))) throw changedMeanwhile()
      await forgetWish(hub.db, { ...owner, path, slug: wishSlugOf(server) })
      return { reload: false }
    }
    const noteThere = async () => {
      const { digest, commit } = by
      if (commit !== undefined) await putCopy(hub.db, { ...place, digest, commit })
      await forgetWish(hub.db, { ...owner, path, slug: wishSlugOf(server) })
    }
    if (present.equals(coming)) {
      await noteThere()
      return { reload: false }
    }
    const isShared = await hasSharedDocuments(ask, path)
    const mine = isShared ? await sharedAtRest(ask, path, present) : present
    if (expected !== undefined && !mine.equals(present)) throw changedMeanwhile()
    const swap: Swap = { ...place, ...owner, ...by, tag: randomBytes(4).toString('hex'), placed: false }
    const done = await alone(hub, place, async () => {
      await hub.db.transaction(async (trx) => {
        // Replacements side by side are counted one after the other.
        await lockUser(trx, server.user)
        if (!isUntouched) {
          await requirePace(trx, { ...owner, path, size: mine.length, slug: server.course })
          await keepVersion(trx, { ...owner, path, bytes: mine })
        }
        if (!isShared && !(await beginSwap(trx, hub.id, swap))) throw new Error(underWayText)
      })
      if (isShared) {
        await writeOver(ask, { quiet: quietAt(hub, server), path, present: mine, coming })
        await noteThere()
      } else await swapNow(hub, server, { swap, ask, coming, present, isExpected: expected !== undefined })
      return { reload: true }
    })
    if (done === undefined) throw new Error(underWayText)
    return done
  } catch (error) {
    if (error instanceof HttpError) throw error
    if (error instanceof NotQuiet) throw beingSaved()
    const reason = messageOf(error)
    hub.log.warn({ server: server.id, file: path.slice(0, 200), reason }, 'could not replace a notebook')
    throw new HttpError(
      409,
      'notebook_not_replaced',
      say`Your notebook server did not take the other notebook, and yours is as it was: the disk may be full. Try once more.`,
      [],
    )
  }
}

async function contentOf(
  hub: Hub,
  { course, path, digest, commit }: Pick<Replacement, 'course' | 'path' | 'digest' | 'commit'>,
): Promise<Buffer> {
  const stored = await readBlob(hub.db, digest)
  if (stored === undefined) throw new Error(`the content ${digest} is not in the database`)
  return commit === undefined ? stored : bytesForCopy(hub, course, path, { digest, bytes: stored })
}

interface Swapping {
  swap: Swap
  ask: Ask
  coming: Buffer
  /** What was there, and is kept. */
  present: Buffer
  /** Whether nothing else may be replaced. */
  isExpected: boolean
}

/**
 * Does what a row says that it does. Rejects where the other notebook has not come to its place. Where it has, and what was put
 * aside cannot be kept now, the row stays, and a later look at it does that.
 */
async function swapNow(hub: Hub, server: Server, { swap, ask, coming, present, isExpected }: Swapping): Promise<void> {
  let asides: number | undefined
  let failure: unknown
  try {
    const only = isExpected ? present : undefined
    asides = await swapIn(ask, swap, exactly(coming), { quiet: quietAt(hub, server), only })
    await hub.db.transaction((trx) => notePlaced(trx, hub.id, server, swap))
  } catch (error) {
    failure = error
  }
  const begun = { ...swap, placed: failure === undefined }
  const isPlaced = await concludeSwap(hub, server, begun, { known: present, asides }).catch((error: unknown) => {
    if (asides === undefined) throw error
    const facts = { server: server.id, file: swap.path.slice(0, 200), reason: messageOf(error) }
    hub.log.warn(facts, 'replaced a notebook, and could not clear up beside it; trying again')
    return true
  })
  if (!isPlaced) throw messageOf(failure) === savedText ? changedMeanwhile() : failure
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
      ? say`Your earlier versions of notebooks of this course take all the room that there is for them. Delete some that you do not need, and try again.`
      : say`This notebook was replaced very often just now, and each time a version was kept. Try again in an hour.`,
    [{ href: versionsLink({ slug }), text: say`Earlier versions`, here: true }],
  )
}

/** Returns the error that says that a notebook is no longer what its learner has seen. */
export function changedMeanwhile(): HttpError {
  return new HttpError(
    409,
    'changed_meanwhile',
    say`Your notebook, or the one of the course, has changed since you looked at them. Nothing was done: look again.`,
  )
}

function beingSaved(): HttpError {
  return new HttpError(
    409,
    beingSavedCode,
    say`Something is just being saved in your notebook server, and takes long. Nothing was done, and your notebook is as it was: try once more in a moment.`,
    [],
  )
}

/** Returns the bytes of a learner's notebook; undefined where there is none. Throws in words where no version of it could be kept. */
export async function keepableBytes(ask: Ask, path: string): Promise<Buffer | undefined> {
  return bytesAt(ask, path).catch((error: unknown) => {
    throw messageOf(error) === tooLongText ? tooLarge() : error
  })
}

function tooLarge(): HttpError {
  return new HttpError(
    409,
    'notebook_too_large',
    say`Your notebook has more than 20 MB, so no version of it can be kept, and it stays as it is. Clear its outputs and save it, or rename it, and try again.`,
    [],
  )
}
