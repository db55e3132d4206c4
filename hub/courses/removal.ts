/** What becomes of deleted courses: their servers stop, and a week later they go with their homes, unless they are restored. */

import { listAliases, removeAliasesOf } from '../db/courses/aliases.ts'
import { type CatalogueCourse, dueCourses, removeCatalogueCourse } from '../db/courses/catalogue.ts'
import { removeEditsOf } from '../db/courses/edits.ts'
import { addEvent } from '../db/events.ts'
import { countHomesOfCourse, homesOfRestored, removedWith, stayingHomes } from '../db/homes/homes-of-courses.ts'
import { nextCatalogueRevision } from '../db/installation.ts'
import { runningServers, type Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import { keepHome, removeHome } from '../homes/removal.ts'
import type { Hub } from '../hub.ts'
import { evict } from '../servers/evict.ts'
import { deletionMilliseconds } from './edit.ts'

/** Does what is left to do about courses that were deleted, or restored. Each step may be done twice, or by two hubs. */
export async function removeCourses(hub: Hub): Promise<void> {
  await hub.courses.refresh()
  for (const { id, course } of await homesOfRestored(hub.db))
    await keepHome(hub, id, { by: removedWith(course) }).catch(passing)
  const deleted = [...hub.courses.made.values()].flatMap(({ row }) => (row.state === 'deleted' ? [row] : []))
  if (deleted.length === 0) return
  const names = await namesOf(hub, deleted)
  await evict(hub, {
    cause: 'deleted-course',
    reason: 'the course was deleted',
    find: async () => (await runningServers(hub.db)).filter((server) => isOfAny(hub, names, server)),
  })
  for (const row of deleted) {
    for (const home of await stayingHomes(hub.db, row.id)) {
      const removal = { by: removedWith(row.id), reason: 'its course was deleted', milliseconds: deletionMilliseconds }
      await removeHome(hub, home.id, removal).catch(passing)
    }
  }
  for (const row of await dueCourses(hub.db)) await removeAtEnd(hub, row)
}

/** A home may have been taken meanwhile, or be gone. The next round looks again. */
function passing(error: unknown): void {
  if (!(error instanceof HttpError)) throw error
}

/** Returns whether a server is of one of these courses, under any of its names, or of a variant. */
function isOfAny({ courses }: Hub, names: string[], { course }: Server): boolean {
  if (Object.hasOwn(courses.all, course)) return false
  return names.some((slug) => course === slug || course.startsWith(`${slug}--`))
}

/** Returns the names that the courses have and had. */
async function namesOf({ db }: Hub, deleted: CatalogueCourse[]): Promise<string[]> {
  const ids = deleted.map(({ id }) => id)
  const before = (await listAliases(db)).filter(({ course }) => ids.includes(course))
  return [...deleted, ...before].map(({ slug }) => slug)
}

/** Removes a course whose time has come, once all its homes are gone. Until then its name is no other course's. */
async function removeAtEnd(hub: Hub, row: CatalogueCourse): Promise<void> {
  if ((await countHomesOfCourse(hub.db, row.id)) > 0) return
  const isGone = await hub.db.transaction(async (trx) => {
    await nextCatalogueRevision(trx)
    if (!(await removeCatalogueCourse(trx, row))) return false
    await removeAliasesOf(trx, row.id)
    await removeEditsOf(trx, row.id)
    await addEvent(trx, { kind: 'course-gone', course: row.slug, detail: { id: row.id } })
    return true
  })
  if (isGone) hub.log.info({ course: row.name }, 'a deleted course is gone')
}
