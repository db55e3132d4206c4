/** Finds courses by names that people have typed. */
import type { Course } from './course.ts'

/** Finds a course by the name in a link: exact but for case. */
export function findCourse(courses: Record<string, Course>, name: string): Course | undefined {
  const slug = name.toLowerCase()
  return Object.hasOwn(courses, slug) ? courses[slug] : undefined
}

/** Up to three names that somebody who mistyped `name` may have meant, nearest first. */
export function nearMatches(courses: Record<string, Course>, name: string): string[] {
  const wanted = name.toLowerCase().slice(0, 64)
  const most = Math.max(2, Math.floor(wanted.length / 3))
  return (
    Object.values(courses)
      // No spelling is nearer than the difference of the lengths, and that costs nothing.
      .filter(({ slug }) => Math.abs(slug.length - wanted.length) <= most)
      .map((course) => ({ name: course.name, distance: editDistance(wanted, course.slug) }))
      .filter(({ distance }) => distance <= most)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
      .map((match) => match.name)
  )
}

/** In one row of numbers: a site may have hundreds of courses, and anybody may mistype. */
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
