/**
 * What a hub stores of its courses when it starts, and when one changes. All hubs go by it where their own config does not count:
 * for the origins that reach servers which run, and for the rules of a course that a hub does not know. The hub that
 * started last decides, and none of the others writes its own again, so hubs with different configs do not fight.
 */
import type { Course } from '../../courses/course.ts'
import { type Rules, rulesOf, rulesSchema } from '../../courses/rules.ts'
import type { Database } from '../db/dialect.ts'
import { findStoredCourse, readCourses, writeCourses } from '../db/servers/courses.ts'
import { definitionOf } from '../db/servers/definitions.ts'
import type { Hub } from '../hub.ts'
import { originsOfConfig } from '../made-of/origins.ts'

/** Stores what this hub knows of its courses, or of these, where that is something else than what is stored. */
export async function storeCourses(hub: Hub, courses: Course[] = Object.values(hub.courses.all)): Promise<void> {
  if (courses.length === 0) return
  const known = await readCourses(hub.db)
  const changed = courses.flatMap((course) => {
    const rules = definitionOf(rulesOf(hub.courses.all, course)).content
    const origins = definitionOf(originsOfConfig(hub, course))
    const stored = known.get(course.slug)
    if (stored?.definition === rules && stored.origins === origins.digest) return []
    return [{ slug: course.slug, rules, origins }]
  })
  if (changed.length === 0) return
  const distinct = new Map(changed.map(({ origins }) => [origins.digest, origins]))
  await hub.definitions.keep([...distinct.values()])
  await writeCourses(
    hub.db,
    changed.map(({ slug, rules, origins }) => ({ slug, definition: rules, origins: origins.digest })),
  )
}

/** Returns the rules that a hub has stored for the course; undefined where none has, or where they cannot be read. */
export async function storedRules(db: Database, slug: string): Promise<Rules | undefined> {
  const stored = await findStoredCourse(db, slug)
  return stored && rulesSchema.safeParse(JSON.parse(stored.definition)).data
}
