/** Puts the course's own notebook, or an earlier version, in the place of a learner's. */

import { givesCopies } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { countingCommit } from '../db/content/brought.ts'
import { findCopy, putCopy } from '../db/content/copies.ts'
import { findNotebook } from '../db/content/notebooks.ts'
import { findVersion, type OwnerOfVersions } from '../db/content/versions.ts'
import type { Server } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import type { Hub } from '../hub.ts'
import { holderOf } from './copy.ts'
import { type Reloaded, replaceNotebook } from './replace.ts'

/**
 * Puts the course's notebook in the place of what the server's owner has at its path, of which a version is kept. Throws in
 * words for the learner when it is not done.
 */
export async function resetCopy(
  hub: Hub,
  server: Server,
  { course, path }: { course: Course; path: string },
): Promise<Reloaded> {
  const notebook = await findNotebook(hub.db, course.id, path)
  if (notebook === undefined)
    throw new HttpError(404, 'not_of_course', say`The course has no notebook of this name any more.`)
  const owner = await ownerAt(hub, server, course)
  const commit = await countingCommit(hub.db, course.id)
  return replaceNotebook(hub, server, { owner, course, path, digest: notebook.digest, commit })
}

/**
 * Puts an earlier version of the server's owner back, and keeps what is there as a version. `paths` are those of which it must
 * be a version; default: any. Throws in words for the learner when it is not done.
 */
export async function restoreVersion(
  hub: Hub,
  server: Server,
  { course, number, paths }: { course: Course; number: number; paths?: readonly string[] },
): Promise<Reloaded> {
  const owner = await ownerAt(hub, server, course)
  const version = await findVersion(hub.db, owner, number)
  if (version === undefined || paths?.includes(version.path) === false) {
    throw new HttpError(404, 'no_version', say`There is no such earlier version of this notebook.`, [
      { href: '/hub/home', text: say`Show my notebooks` },
    ])
  }
  const { path, digest } = version
  const replaced = await replaceNotebook(hub, server, { owner, course, path, digest, commit: undefined })
  await noteAsCopy(hub, server, { course, path })
  return replaced
}

/** Takes what has come back to files that know nothing of it for a copy that its learner has changed, so that offers come. */
async function noteAsCopy(hub: Hub, server: Server, { course, path }: { course: Course; path: string }): Promise<void> {
  const place = { holder: holderOf(server), path }
  if (!givesCopies(course) || (await findCopy(hub.db, place)) !== undefined) return
  const notebook = await findNotebook(hub.db, course.id, path)
  if (notebook === undefined) return
  await putCopy(hub.db, { ...place, digest: notebook.digest, commit: await countingCommit(hub.db, course.id) })
}

/** Returns whose versions those of the server's owner are. */
export async function ownerAt(hub: Hub, server: Server, course: Course): Promise<OwnerOfVersions> {
  const user = await findUser(hub.db, server.user)
  if (user === undefined) throw new HttpError(404, 'no_user', say`The account of this server is gone.`)
  return { account: accountOf(user), course: course.id }
}
