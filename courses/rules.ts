/** The rules of a course's opening as plain data, so that a hub can store them for hubs that do not know the course. */
import { z } from 'zod'
import type { Course } from './course.ts'
import { openTo } from './opening.ts'

/** Strict: what a later version adds narrows who may open the course, and must not be passed over. */
export const rulesSchema = z.strictObject({
  /** All of these must mean the user. A variant has the rule of its course before its own. */
  open: z.array(openTo),
  staff: z.array(z.string()),
  opens: z.iso.datetime().optional(),
  closes: z.iso.datetime().optional(),
  /** The course opens to no one. */
  halted: z.enum(['archived', 'withheld']).optional(),
})

export type Rules = z.output<typeof rulesSchema>

/** Returns the rules of a course or variant. A variant without its course is for nobody but staff. Pure. */
export function rulesOf(courses: Record<string, Course>, course: Course): Rules {
  const { open, staff, opens, closes, variantOf, halted } = course
  const others = { staff, opens, closes, ...(halted && { halted }) }
  if (variantOf === undefined) return { open: [open], ...others }
  const whole = courses[variantOf]
  return { open: [...(whole === undefined ? [[]] : rulesOf(courses, whole).open), open], ...others }
}
