import type { Course } from '../../courses/course.ts'
import { everySettled } from '../../courses/settled.ts'
import type { ImageUse, ServerUse } from '../../spawners/images.ts'

/**
 * Returns the images of these courses, each once, in their order, with what the servers of each course ask for. Pure. The
 * only images that are ever looked for or fetched are of a config.
 */
export function imageUses(courses: readonly Course[]): ImageUse[] {
  return [...coursesByImage(courses)].map(([image, own]) => {
    const uses = new Map(own.flatMap(usesOf).map((use) => [JSON.stringify(use), use]))
    return { image, uses: [...uses.values()] }
  })
}

/** Returns the courses that use each image. Pure. */
export function coursesByImage(courses: readonly Course[]): Map<string, Course[]> {
  return Map.groupBy(courses, ({ image }) => image)
}

/** Returns what servers of the course ask for, in whichever way rules and choices settle it. */
function usesOf(course: Course): ServerUse[] {
  return everySettled(course).map(({ options, gpu }) => ({ options, gpu }))
}
