import type { Course } from './course.ts'
import { withSettings } from './settings.ts'

/** Returns the course as each of its users may have it: as the course says it, and as each rule does. Pure. */
export function everySettled(course: Course): Course[] {
  return [course, ...course.rules.map((rule) => withSettings(course, rule))]
}
