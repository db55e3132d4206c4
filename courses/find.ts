/** Finds courses by names from links, which people may have typed. */
import type { Course } from './course.ts'

/** Returns the course that a link names. Only case may differ. */
export function findCourse(courses: Record<string, Course>, name: string): Course | undefined {
  const slug = name.toLowerCase()
  return Object.hasOwn(courses, slug) ? courses[slug] : undefined
}

/** Returns up to three course names that are spelled like `name`, nearest first, for a link with a typing error. */
export function nearMatches(courses: Record<string, Course>, name: string): string[] {
  const wanted = name.toLowerCase().slice(0, 64)
  const most = Math.max(2, Math.floor(wanted.length / 3))
  return (
    Object.values(courses)
      // Compares lengths first, which is cheap: the distance of two spellings is never below the difference in length.
      .filter(({ slug }) => Math.abs(slug.length - wanted.length) <= most)
      .map((course) => ({ name: course.name, distance: editDistance(wanted, course.slug) }))
      .filter(({ distance }) => distance <= most)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
      .map((match) => match.name)
  )
}

/** Returns the Levenshtein distance. Uses a single row of numbers, since a site may have hundreds of courses. */
function editDistance(a: string, b: string): number {
  const row = Uint8Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i += 1) {
    let diagonal = row[0] ?? 0
    row[0] = i + 1
    for (let j = 0; j < b.length; j += 1) {
      const above = row[j + 1] ?? 0
      const replaced = diagonal + (a.charCodeAt(i) === b.charCodeAt(j) ? 0 : 1)
      row[j + 1] = Math.min(replaced, above + 1, (row[j] ?? 0) + 1)
      diagonal = above
    }
  }
  return row[b.length] ?? b.length
}
