import type { Course } from '../courses/course.ts'
import { everySettled } from '../courses/settled.ts'

/** Servers that differ in nothing that a check depends on, by the names of what says so. */
export interface KindOfServer {
  names: string[]
  course: Course
}

/** Returns the courses as each of their users may have them; those of which `kindOf` says the same as one. Pure. */
export function kindsOf(courses: readonly Course[], kindOf: (course: Course) => string): KindOfServer[] {
  const kinds = new Map<string, KindOfServer>()
  for (const course of courses) {
    const own = new Map(everySettled(course).map((settled) => [kindOf(settled), settled]))
    for (const [index, [kind, settled]] of [...own].entries()) {
      const name = index === 0 ? course.name : `${course.name} as a rule or a choice has it (${index + 1})`
      const known = kinds.get(kind)
      if (known === undefined) kinds.set(kind, { names: [name], course: settled })
      else known.names.push(name)
    }
  }
  return [...kinds.values()]
}
