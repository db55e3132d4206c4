/** Where the content of a course opens. Pure. */
import type { Course } from '../course.ts'
import { speaksJupyter } from '../programs.ts'
import type { Brought } from './brought.ts'

/**
 * Returns a course with its content. What the course does not say of where it opens, the repository says: the pages at
 * which notebooks open, and the first notebook of the first track for links that name none.
 */
export function withBrought(course: Course, brought: Brought): Course & { brought: Brought } {
  if (!speaksJupyter(course.program)) return { ...course, brought }
  const { notebookAt, tracks } = brought
  const page = notebookAt && `/${notebookAt.replace('{notebook}', '{file}')}`
  const [first] = tracks.flatMap(({ sections }) => sections.flatMap(({ notebooks }) => notebooks))
  return { ...course, brought, fileAt: course.fileAt ?? page, start: course.start ?? first }
}
