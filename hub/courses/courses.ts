/** The courses of a hub at the moment. */
import type { Course } from '../../courses/course.ts'

export interface Courses {
  /** All courses with their variants, by slug. Replaced as a whole when a course changes, so one look at it fits together. */
  all: Record<string, Course>
}

/** Returns the courses of a config. */
export function openCourses({ courses }: { courses: Record<string, Course> }): Courses {
  return { all: courses }
}
