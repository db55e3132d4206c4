import { contentOfCourses } from '../../hub/db/content/brought.ts'
import { listPullPlans } from '../../hub/db/content/pulls.ts'
import { lookInto } from '../database.ts'
import { type Finding, ok, problem } from '../finding.ts'
import type { Setup } from '../setup.ts'

/** Tells of which courses the content is not here, or could not be fetched anew. */
export async function checkContent(setup: Setup): Promise<Finding[]> {
  const all = Object.values(setup.config.courses)
  const courses = new Map(
    all.flatMap((course) => (course.content && course.variantOf === undefined ? [[course.id, course] as const] : [])),
  )
  if (courses.size === 0) return []
  return lookInto(setup, async (db) => {
    // A database of an older version knows of no content.
    if (db === undefined || !(await db.schema.hasTable('brought').catch(() => false))) return []
    const plans = await listPullPlans(db)
    const brought = new Map((await contentOfCourses(db, [...courses.keys()])).map((one) => [one.course, one]))
    const findings = [...courses].flatMap(([id, { name }]): Finding[] => {
      const check = `content of ${name}`
      const why = plans.get(id)?.problem
      const here = brought.get(id)
      if (why !== undefined) {
        const what =
          here === undefined ? 'could not be fetched, so that the course has none' : 'could not be fetched anew'
        return [problem(check, `${what}: ${why} When that is mended: carrel course pull ${name}`)]
      }
      if (here === undefined)
        return [problem(check, `was not fetched yet. A hub that runs does so: carrel course pull ${name}`)]
      const told = here.problems.filter(({ kind }) => kind === 'problem').length
      if (told === 0) return []
      return [problem(check, `has ${told} problems in its files, which staff see by: carrel course show ${name}`)]
    })
    return findings.length > 0 ? findings : [ok('content of courses', `is here: ${brought.size}`)]
  })
}
