import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { courseLookedAfter } from '../../courses/editors.ts'
import type { User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { userCalling } from '../caller.ts'

/** Returns the user who calls; no user for the machine's operator. */
export function userOrOperator(ctx: Koa.Context): { user: User | undefined } {
  return ctx.state.caller?.kind === 'operator' ? { user: undefined } : userCalling(ctx)
}

/** Returns the course that the address names, for its staff, admins and the operator. For all others there is none. */
export async function requireLookedAfter(hub: Hub, ctx: Koa.Context): Promise<Course> {
  await hub.courses.refresh()
  const name = String(ctx.params.course)
  const course = courseLookedAfter(hub, userOrOperator(ctx).user, name)
  if (course !== undefined) return course
  throw new HttpError(404, 'unknown_course', `There is no course "${name.slice(0, 80)}" that you look after.`)
}
