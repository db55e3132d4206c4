import type { Course } from './course.ts'

/** Returns whether a course has the strip above the notebooks of its learners: as it says, else where it has content. Pure. */
export function hasStrip({ strip, content }: Pick<Course, 'strip' | 'content'>): boolean {
  return strip ?? content !== undefined
}
