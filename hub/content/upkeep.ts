/** What is to be tidied of the content of courses. */

import { setTimeout as sleep } from 'node:timers/promises'
import { kept } from '../../words/kept.ts'
import { removeIdleBlobs } from '../db/content/blobs.ts'
import {
  contentRevisions,
  noteKnownContents,
  noteUnknownContents,
  orphanedContents,
  removeContent,
} from '../db/content/brought.ts'
import { removeNotebooksOf } from '../db/content/notebooks.ts'
import { forgetPreviews, removePreviewsOf } from '../db/content/previews.ts'
import { removePullPlan } from '../db/content/pulls.ts'
import type { Transaction } from '../db/dialect.ts'
import { cancelJob, waitingFor } from '../db/jobs/jobs.ts'
import { coursesWithIdleKeys, removeGitKey } from '../db/repositories/git-keys.ts'
import { coursesWithOldHooks, removePullHook } from '../db/repositories/pull-hooks.ts'
import { messageOf } from '../errors.ts'
import { credentialsFor } from '../git-keys/credentials.ts'
import { courseOwner } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'
import { coursesWithContent, sourceOfCourse } from './courses.ts'

/** Content that no hub has a course for stays for this time, in case the course comes back. */
const unknownMilliseconds = 7 * 24 * 3600_000
const hour = 3600_000

/** Removes the content of a course, whose blobs a later round finds idle. */
export async function forgetContent(trx: Transaction, course: string): Promise<void> {
  await removeContent(trx, course)
  await removeNotebooksOf(trx, course)
  await removePreviewsOf(trx, course)
  await removePullPlan(trx, course)
}

/** Removes content that no course has any more, blobs that no index names, and pulls that no hub will begin. */
export async function tidyContent(hub: Hub): Promise<void> {
  const known = idsWithContent(hub)
  await noteKnownContents(hub.db, known)
  await noteUnknownContents(hub.db, known)
  const without = await orphanedContents(hub.db, unknownMilliseconds)
  for (const id of without) await hub.db.transaction((trx) => forgetContent(trx, id))
  if (without.length > 0) hub.log.info({ courses: without }, 'removed content that no course has any more')
  await forgetKeys(hub, known)
  const orders = await waitingFor(hub.db, 'content', hour)
  const isOrphan = (id: string) => !coursesWithContent(hub).has(id)
  for (const name of orders.filter(isOrphan)) {
    const problem = kept`The course has no content any more, or opens to no one.`
    await hub.db.transaction((trx) => cancelJob(trx, { kind: 'content', name, by: 'operator', problem }))
  }
  await forgetPreviews(hub.db)
  const removed = await removeIdleBlobs(hub.db)
  if (removed > 0) hub.log.info({ removed }, 'removed notebooks that no course has any more')
}

/** Removes what opens repositories that no course has for a week, and what asks for pulls of them: a course without content keeps no secret. */
async function forgetKeys({ db, log }: Hub, known: readonly string[]): Promise<void> {
  const idle = [
    ...(await coursesWithIdleKeys(db, unknownMilliseconds)),
    ...(await coursesWithOldHooks(db, unknownMilliseconds)),
  ]
  // Content that no course has any more stays for as long, and what opens its repository with it.
  const kept = new Set([...known, ...(await contentRevisions(db)).keys()])
  const gone = [...new Set(idle)].filter((id) => !kept.has(id))
  for (const id of gone)
    await db.transaction(async (trx) => {
      await removeGitKey(trx, courseOwner({ id }))
      await removePullHook(trx, id)
    })
  if (gone.length > 0) log.info({ courses: gone }, 'removed keys and hooks of courses that have no content any more')
}

/**
 * Returns the ids of all courses that say that they have content, also of those that are archived or on their way out, and of
 * those whose definition cannot be read.
 */
function idsWithContent({ courses }: Pick<Hub, 'courses'>): string[] {
  const open = Object.values(courses.all).flatMap(({ id, content }) => (content === undefined ? [] : [id]))
  const made = [...courses.made.values()].flatMap(({ row, course }) =>
    course !== undefined && course.content === undefined ? [] : [row.id],
  )
  return [...new Set([...open, ...made])]
}

/**
 * Starts what each hub does by itself: removes its own mirrors of repositories that no course has any more, and tells the others
 * which courses it has.
 */
export function startContentUpkeep(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const loop = async () => {
    while (!controller.signal.aborted) {
      await sleep(hour, undefined, { signal: controller.signal }).catch(() => undefined)
      if (controller.signal.aborted) return
      try {
        await noteKnownContents(hub.db, idsWithContent(hub))
        await keepMirrors(hub)
      } catch (error) {
        hub.log.warn({ reason: messageOf(error) }, 'could not tidy the content of courses; trying again')
      }
    }
  }
  const running = loop()
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}

export async function keepMirrors(hub: Hub): Promise<void> {
  const sources = [...coursesWithContent(hub).values()].map(async (course) => {
    // A key that cannot be used opens no mirror either.
    const key = credentialsFor(hub, courseOwner(course), course.content.git).catch(() => undefined)
    return sourceOfCourse(course.content, await key)
  })
  await hub.content.git.keep(await Promise.all(sources))
}
