/** What becomes of deleted courses: their servers stop, and a week later they go with their homes, unless they are restored. */

import { kept } from '../../words/kept.ts'
import { forgetContent } from '../content/upkeep.ts'
import { removeAnnouncementsOf } from '../db/announcements.ts'
import { removeSnapshotsOf } from '../db/content/snapshots.ts'
import { removeVersionsOf } from '../db/content/versions.ts'
import { removeWishesOf } from '../db/content/wishes.ts'
import { listAliases, removeAliasesOf } from '../db/courses/aliases.ts'
import { type CatalogueCourse, dueCourses, removeCatalogueCourse } from '../db/courses/catalogue.ts'
import { removeEditsOf } from '../db/courses/edits.ts'
import { addEvent } from '../db/events.ts'
import { countHomesOfCourse, homesOfRestored, removedWith, stayingHomes } from '../db/homes/homes-of-courses.ts'
import { nextCatalogueRevision } from '../db/installation.ts'
import { removeRunsOf } from '../db/runs/runs.ts'
import { countServersOf, runningServers, type Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import { keepHome, removeHome } from '../homes/removal.ts'
import type { Hub } from '../hub.ts'
import { evict } from '../servers/evict.ts'
import { deletionMilliseconds } from './edit.ts'
import { forgetRepository } from './repository.ts'
import { everySlugOf } from './variant-slugs.ts'

/** Does what is left to do about courses that were deleted, or restored. Each step may be done twice, or by two hubs. */
export async function removeCourses(hub: Hub): Promise<void> {
  await hub.courses.refresh()
  for (const { id, course } of await homesOfRestored(hub.db))
    await keepHome(hub, id, { by: removedWith(course) }).catch(passing)
  const deleted = [...hub.courses.made.values()].flatMap(({ row }) => (row.state === 'deleted' ? [row] : []))
  if (deleted.length === 0) return
  const isDeleted = await serversOfDeleted(hub, deleted)
  await evict(hub, {
    cause: 'deleted-course',
    reason: 'the course was deleted',
    find: async () => (await runningServers(hub.db)).filter(isDeleted),
  })
  for (const row of deleted) {
    for (const home of await stayingHomes(hub.db, row.id)) {
      const removal = {
        by: removedWith(row.id),
        reason: kept`its course was deleted`,
        milliseconds: deletionMilliseconds,
      }
      await removeHome(hub, home.id, removal).catch(passing)
    }
  }
  for (const row of await dueCourses(hub.db)) await removeAtEnd(hub, row)
}

/** A home may have been taken meanwhile, or be gone. The next round looks again. */
function passing(error: unknown): void {
  if (!(error instanceof HttpError)) throw error
}

/**
 * Returns what tells whether a server is of one of these courses, or of a variant, under any name that they have and had.
 * A course whose name only begins like theirs is another, also one that cannot be read or that the config has no more.
 */
async function serversOfDeleted(
  { db, courses }: Hub,
  deleted: CatalogueCourse[],
): Promise<(server: Pick<Server, 'course'>) => boolean> {
  const aliases = await listAliases(db)
  const names = new Set<string>()
  for (const row of deleted) for (const name of await everySlugOf(db, row, aliases)) names.add(name)
  for (const { row } of courses.made.values()) if (row.state !== 'deleted') names.delete(row.slug)
  return ({ course }) => names.has(course) && !Object.hasOwn(courses.all, course)
}

/** Returns how many servers a deletion of the course would stop or forget, under any name that it has and had. */
export async function countServersOfCourse(hub: Hub, row: CatalogueCourse): Promise<number> {
  return countServersOf(hub.db, await ownSlugsOf(hub, row))
}

/** Returns every name that the course and its variants have and had, but for those that are another course's by now. */
async function ownSlugsOf({ db, courses }: Hub, row: CatalogueCourse): Promise<string[]> {
  const all = await everySlugOf(db, row, await listAliases(db))
  const isOwn = (slug: string) => !Object.hasOwn(courses.all, slug) || courses.all[slug]?.id === row.id
  return [...new Set(all)].filter(isOwn)
}

/** Removes a course whose time has come, once all its homes are gone. Until then its name is no other course's. */
async function removeAtEnd(hub: Hub, row: CatalogueCourse): Promise<void> {
  if ((await countHomesOfCourse(hub.db, row.id)) > 0) return
  const slugs = await ownSlugsOf(hub, row)
  const isGone = await hub.db.transaction(async (trx) => {
    await nextCatalogueRevision(trx)
    if (!(await removeCatalogueCourse(trx, row))) return false
    await removeAliasesOf(trx, row.id)
    await removeEditsOf(trx, row.id)
    await forgetRepository(trx, row)
    await forgetContent(trx, row.id)
    await removeWishesOf(trx, row.id)
    await removeAnnouncementsOf(trx, row.id)
    await removeVersionsOf(trx, row.id)
    await removeSnapshotsOf(trx, row.id)
    await removeRunsOf(trx, slugs)
    await addEvent(trx, { kind: 'course-gone', course: row.slug, detail: { id: row.id } })
    return true
  })
  if (isGone) hub.log.info({ course: row.name }, 'a deleted course is gone')
}
