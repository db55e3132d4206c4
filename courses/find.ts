/** Finds courses by names from links, which people may have typed. */
import { findNearest } from '../net/settings/near.ts'
import type { Course } from './course.ts'

/** Returns the course that a link names. Only case may differ. */
export function findCourse(courses: Record<string, Course>, name: string): Course | undefined {
  const slug = name.toLowerCase()
  return Object.hasOwn(courses, slug) ? courses[slug] : undefined
}

/** Returns up to three course names that are spelled like `name`, nearest first, for a link with a typing error. */
export function nearMatches(courses: Record<string, Course>, name: string): string[] {
  return findNearest(
    name,
    Object.values(courses).map((course) => ({ key: course.slug, value: course.name })),
  )
}
