import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { deskCalling } from './caller.ts'

/** Returns the course of the server whose desk asks; throws in words where it is not there any more. */
export function courseOfDesk({ courses }: Pick<Hub, 'courses'>, ctx: Koa.Context): Course {
  const course = courses.all[deskCalling(ctx).server.course]
  if (course !== undefined) return course
  throw new HttpError(
    404,
    'unknown_course',
    say`The course of this notebook is not there any more. What you have stays.`,
  )
}
