/** Gives learners copies of their course's notebooks, each when it is first opened. */

import { givesCopies } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { readBlob } from '../db/content/blobs.ts'
import { countingCommit } from '../db/content/brought.ts'
import { findCopy, putCopy } from '../db/content/copies.ts'
import { findNotebook, type IndexedNotebook } from '../db/content/notebooks.ts'
import type { Server } from '../db/servers/servers.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { asker, contentsOf } from './ask.ts'
import { bytesForCopy } from './bytes.ts'
import { draftOf, exactly, putNew } from './put.ts'

/** A notebook of megabytes takes a busy server seconds. */
const patienceMilliseconds = 30_000

/** Returns the first of these files that the course's repository has as a notebook. */
export async function notebookOf(
  { db }: Pick<Hub, 'db'>,
  course: Course | undefined,
  paths: readonly string[],
): Promise<IndexedNotebook | undefined> {
  if (course === undefined || !givesCopies(course)) return undefined
  for (const path of paths) {
    const found = await findNotebook(db, course.id, path)
    if (found !== undefined) return found
  }
  return undefined
}

export interface CopyOrder {
  course: Course
  notebook: IndexedNotebook
  /** The nearest folder of its path that the server has. */
  folder: string
}

/**
 * Copies a notebook of the course into the server of a learner, who has no file of its path. What another launch has copied
 * meanwhile stays. Throws in words for the learner when the server does not take it.
 */
export async function copyNotebook(hub: Hub, server: Server, { course, notebook, folder }: CopyOrder): Promise<void> {
  const { path, digest } = notebook
  const place = { holder: holderOf(server), path }
  try {
    const stored = await readBlob(hub.db, digest)
    if (stored === undefined) throw new Error(`the content ${digest} of a notebook is not in the database`)
    const file = exactly(await bytesForCopy(hub, course, path, { digest, bytes: stored }))
    const ask = asker(hub, server, patienceMilliseconds)
    const before = await findCopy(hub.db, place)
    // A hub may have been killed while it wrote the copy.
    if (before !== undefined && before.digest !== digest)
      await ask(contentsOf(draftOf(path, tagOf(before.digest))), { method: 'DELETE' })
    await putCopy(hub.db, { ...place, digest, commit: await countingCommit(hub.db, course.id) })
    await putNew(ask, { path, folder, file, tag: tagOf(digest) })
  } catch (error) {
    if (error instanceof HttpError) throw error
    const reason = messageOf(error)
    hub.log.warn({ server: server.id, file: path.slice(0, 200), reason }, 'could not copy a notebook of a course')
    throw new HttpError(
      409,
      'notebook_not_copied',
      say`Your notebook server did not take the notebook of the course: the folder may not be writable, or the disk full. Try the link again, or look into the list of files.`,
      [],
    )
  }
}

/** Returns where the copies of this server's learner lie. */
export function holderOf({ home, id }: Pick<Server, 'home' | 'id'>): string {
  return home ?? id
}

/** Returns the name by which wishes are about this server's files alone; undefined where other variants of its course have the same. */
export function wishSlugOf({ home, course }: Pick<Server, 'home' | 'course'>): string | undefined {
  return home === undefined ? course : undefined
}

function tagOf(digest: string): string {
  return digest.slice(0, 8)
}
