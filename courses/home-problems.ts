/** What can be wrong with the homes of courses only when all of them are seen together. Pure. */
import type { Course } from './course.ts'

/** Returns each problem with its place in the config. */
export function homeProblems(courses: Record<string, Course>): [path: string[], message: string][] {
  const own = Object.values(courses).filter(({ variantOf }) => variantOf === undefined)
  const [first, ...others] = own.filter((course) => course.home?.per === 'user')
  return [
    ...own.flatMap((course) => idProblems(course, own)),
    ...others.flatMap((course) =>
      (['size', 'keepDays'] as const).flatMap((setting): [string[], string][] => {
        if (first === undefined || course.home?.[setting] === first.home?.[setting]) return []
        const path = ['courses', course.name, 'home', setting]
        return [[path, `differs from that of ${first.name}, and both say per: 'user', which is one home: say the same`]]
      }),
    ),
  ]
}

function idProblems({ name, slug, id }: Course, all: Course[]): [string[], string][] {
  const path = ['courses', name, 'id']
  const other = all.find((course) => course.slug !== slug && (course.slug === id || course.id === id))
  // Without an id of its own, the course with which it meets has the problem.
  if (other === undefined || (id === slug && other.id === id)) return []
  const message =
    other.slug === id
      ? `"${id}" is the name of the course ${other.name}, and two courses never share homes: take another`
      : `"${id}" is the id of the course ${other.name}, and two courses never share homes: take another`
  return [[path, message]]
}
