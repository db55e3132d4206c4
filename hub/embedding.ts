import type { Course } from '../courses/course.ts'
import type { Hub } from './hub.ts'

/** Origins that may show a course's pages in a frame. None: it is never in a frame, and no cookie of it is a frame's. */
export function ancestorsOf(hub: Hub, course: Course | undefined): string[] {
  return [...new Set([...hub.config.embed.ancestors, ...(course?.embed.ancestors ?? [])])]
}

/** Who may frame pages that belong to no one course yet, such as an error about a mistyped one. */
export function allAncestors(hub: Hub): string[] {
  return [...new Set(Object.values(hub.config.courses).flatMap((course) => ancestorsOf(hub, course)))]
}
