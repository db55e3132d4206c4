/** What a learner who has changed her copy is offered when the course has a newer notebook: to look at it, to take it, or to stay. */

import { givesCopies } from '../../../courses/content/content.ts'
import type { Course } from '../../../courses/course.ts'
import { say, type Text } from '../../../words/text.ts'
import { readBlob } from '../../db/content/blobs.ts'
import { countingCommit } from '../../db/content/brought.ts'
import { declineNewer, findCopy, type PlaceOfCopy } from '../../db/content/copies.ts'
import { findNotebook } from '../../db/content/notebooks.ts'
import type { Server } from '../../db/servers/servers.ts'
import { HttpError, messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { asker } from '../ask.ts'
import { bytesForCopy } from '../bytes.ts'
import { blobDigest } from '../bytes-at.ts'
import { holderOf } from '../copy.ts'
import { finishSwaps } from '../finish.ts'
import { changedMeanwhile, keepableBytes, type Reloaded, replaceNotebook } from '../replace.ts'
import { ownerAt } from '../reset.ts'
import type { Comparison, ThreeNotebooks, Unmergeable } from './compare.ts'

const patienceMilliseconds = 30_000

export interface NotebookOfCourse {
  course: Course
  path: string
}

/** What is offered, with digests by which it is known later. */
export interface NotebookOffer extends Omit<Comparison, 'problem'> {
  /** Why the two cannot be merged, in words for the learner; null where they can. */
  problem: Text | null
  /** Of the learner's file. */
  mine: string
  /** Of the course's notebook. */
  theirs: string
}

/** Returns what the course's newer notebook would change in the copy at a path. Throws in words for the learner. */
export async function lookAtOffer(hub: Hub, server: Server, about: NotebookOfCourse): Promise<NotebookOffer> {
  const newer = await newerNotebook(hub, server, about)
  const three = await threeNotebooks(hub, server, { ...about, ...newer })
  const compared = await hub.notebookWork.ask('compare', three)
  const digests = { mine: blobDigest(three.mine), theirs: newer.digest }
  if (compared === undefined) return { ...digests, ...notCompared }
  return { ...digests, ...compared, problem: compared.problem && inWords(compared.problem) }
}

export interface TakenOffer {
  take: 'merged' | 'theirs' | 'stay'
  /** The digests that were told when the learner looked. */
  mine: string
  theirs: string
}

/**
 * Does what a learner has decided on. Where her file or the course's notebook is no longer what she has seen, does nothing.
 * What is replaced is kept as a version. Throws in words for the learner.
 */
export async function takeOffer(
  hub: Hub,
  server: Server,
  { course, path, take, mine, theirs }: NotebookOfCourse & TakenOffer,
): Promise<Reloaded> {
  const { place, base, digest } = await newerNotebook(hub, server, { course, path })
  if (digest !== theirs) throw changedMeanwhile()
  if (take === 'stay') {
    await declineNewer(hub.db, place, digest)
    return { reload: false }
  }
  const owner = await ownerAt(hub, server, course)
  const commit = await countingCommit(hub.db, course.id)
  const replacement = { owner, course, path, digest, commit, present: mine }
  if (take === 'theirs') return replaceNotebook(hub, server, replacement)
  const three = await threeNotebooks(hub, server, { course, path, base, digest })
  if (blobDigest(three.mine) !== mine) throw changedMeanwhile()
  const merged = await hub.notebookWork.ask('merge', three)
  if (merged === undefined || 'problem' in merged)
    throw new HttpError(409, 'not_merged', merged === undefined ? notCompared.problem : inWords(merged.problem))
  return replaceNotebook(hub, server, { ...replacement, merged: Buffer.from(merged.bytes) })
}

const notCompared = {
  changed: true,
  conflicts: 0,
  changes: [],
  left: 0,
  problem: say`They cannot be compared or merged here, because they are too large. Clear the outputs of yours and save it, and look again.`,
} satisfies Omit<NotebookOffer, 'mine' | 'theirs'>

function inWords(problem: Unmergeable): Text {
  if (problem === 'unwritten')
    return say`They cannot be merged, because a file of this kind cannot hold all cells of both as they are. Take the course’s, and copy what you need from your version.`
  const { unread, why } = problem
  if (unread === 'mine') return say`They cannot be merged, because your notebook cannot be read: ${why}.`
  if (unread === 'theirs') return say`They cannot be merged, because the course’s notebook cannot be read: ${why}.`
  return say`They cannot be merged, because the notebook of which yours was made cannot be read: ${why}.`
}

interface NewerNotebook {
  place: PlaceOfCopy
  /** The digest of what the copy was made of. */
  base: string
  /** The digest of what the course has now. */
  digest: string
}

async function newerNotebook({ db }: Hub, server: Server, { course, path }: NotebookOfCourse): Promise<NewerNotebook> {
  const place = { holder: holderOf(server), path }
  const copy = await findCopy(db, place)
  const notebook = givesCopies(course) ? await findNotebook(db, course.id, path) : undefined
  if (notebook === undefined)
    throw new HttpError(404, 'not_of_course', say`The course has no notebook of this name any more.`)
  if (copy === undefined) throw new HttpError(404, 'no_copy', say`This notebook was not made of one of the course.`)
  if (copy.digest === notebook.digest)
    throw new HttpError(409, 'not_newer', say`The course has no newer version of this notebook than yours.`)
  return { place, base: copy.digest, digest: notebook.digest }
}

interface Digests {
  base: string
  digest: string
}

async function threeNotebooks(
  hub: Hub,
  server: Server,
  { course, path, base, digest }: NotebookOfCourse & Digests,
): Promise<ThreeNotebooks> {
  try {
    await finishSwaps(hub, server)
    const mine = await keepableBytes(asker(hub, server, patienceMilliseconds), path)
    if (mine === undefined)
      throw new HttpError(404, 'no_file', say`Your server has no file of this name any more. Open the notebook again.`)
    const stored = async (digest: string) => {
      const bytes = await readBlob(hub.db, digest)
      if (bytes === undefined) throw new Error(`the content ${digest} is not in the database`)
      return bytesForCopy(hub, course, path, { digest, bytes })
    }
    return { path, base: await stored(base), mine, theirs: await stored(digest) }
  } catch (error) {
    if (error instanceof HttpError) throw error
    const reason = messageOf(error)
    hub.log.warn({ server: server.id, file: path.slice(0, 200), reason }, 'could not read a notebook to compare it')
    throw new HttpError(
      409,
      'notebook_not_read',
      say`Your notebook server did not hand out the notebook. Try once more.`,
    )
  }
}
