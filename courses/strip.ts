import type { Course } from './course.ts'

/** Returns whether a course has the strip above the notebooks of its learners. Pure. */
export function hasStrip({ strip = false }: Pick<Course, 'strip'>): boolean {
  return strip
}
