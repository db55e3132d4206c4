/** Has learners' copies follow their course. */
import type { Course } from '../../courses/course.ts'
import { readBlob } from '../db/content/blobs.ts'
import { countingCommit } from '../db/content/brought.ts'
import { findCopy, noteChanged } from '../db/content/copies.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'
import type { Server } from '../db/servers/servers.ts'
import { findUser, type User } from '../db/users.ts'
import { messageOf } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import type { Hub } from '../hub.ts'
import { isStaff } from '../rights/roles.ts'
import { tooLongText } from '../servers/server-call.ts'
import { asker } from './ask.ts'
import { bytesForCopy } from './bytes.ts'
import { blobDigest, bytesAt } from './bytes-at.ts'
import type { TwoNotebooks } from './changed-copy.ts'
import { holderOf } from './copy.ts'
import { copyStateOf } from './copy-state.ts'
import { replaceNotebook } from './replace.ts'

const patienceMilliseconds = 20_000

export interface FollowedCopy {
  course: Course
  /** The course's notebook of this moment. */
  notebook: IndexedNotebook
}

/**
 * Puts the course's notebook of this moment in the place of a copy that its learner has not changed, unless she has declined
 * it. One that she has changed stays, and that is noted; but staff of the course and Studio's preview always see the newest, and theirs is kept as a version. Returns whether
 * all was done: a server that does not take part keeps no one out.
 */
export async function followCourse(hub: Hub, server: Server, { course, notebook }: FollowedCopy): Promise<boolean> {
  const { path, digest } = notebook
  const place = { holder: holderOf(server), path }
  try {
    const copy = await findCopy(hub.db, place)
    if (copy === undefined || copyStateOf(copy, notebook) === 'mine') return true
    const [mine, stored, user] = await Promise.all([
      bytesAt(asker(hub, server, patienceMilliseconds), path).catch(unlessTooLong),
      readBlob(hub.db, copy.digest),
      findUser(hub.db, server.user),
    ])
    if (user === undefined) return true
    const isForLooking = seesNewest(hub, user, course)
    if (copy.declined === digest && !isForLooking) return true
    // What is not there, or cannot be compared, no one replaces unasked.
    if (mine === undefined || stored === undefined) {
      await noteChanged(hub.db, copy, digest)
      return true
    }
    const base = await bytesForCopy(hub, course, path, { digest: copy.digest, bytes: stored })
    const isUntouched = mine.equals(base)
    const isChanged = !isUntouched && (await hasChanged(hub, place.holder, { path, base, mine }))
    if (isChanged && !isForLooking) {
      await noteChanged(hub.db, copy, digest)
      return true
    }
    const owner = { account: accountOf(user), course: course.id }
    const commit = await countingCommit(hub.db, course.id)
    await replaceNotebook(hub, server, { owner, course, path, digest, commit, present: blobDigest(mine), isUntouched })
    hub.log.info({ server: server.id, file: path.slice(0, 200), commit }, 'a copy follows its course')
    return true
  } catch (error) {
    const reason = messageOf(error)
    hub.log.info({ server: server.id, file: path.slice(0, 200), reason }, 'a copy could not follow its course now')
    return false
  }
}

/** Tells whether a learner has changed a copy. Rejects where she has many compared at once, or all learners too much. */
async function hasChanged({ limits, notebookWork }: Hub, holder: string, two: TwoNotebooks): Promise<boolean> {
  const giveBack = limits.comparisons.take(holder, two.base.length + two.mine.length)
  if (giveBack === undefined) throw new Error('too many large copies are being compared')
  try {
    return (await notebookWork.ask('changed', two)) ?? true
  } finally {
    giveBack()
  }
}

function unlessTooLong(error: unknown): undefined {
  if (messageOf(error) !== tooLongText) throw error
}

/** Returns whether the copies of this user are for looking at the course only. */
function seesNewest(hub: Hub, user: User, course: Course): boolean {
  return user.preview || isStaff(hub, user, course)
}
