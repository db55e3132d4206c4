/** Decides who may make courses, and who may change which. */

import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import type { Precondition } from '../db/sessions.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { isAdmin, isListed, isStaff } from '../rights/roles.ts'
import { sharesHubHost } from '../site.ts'
import type { MadeCourse } from './courses.ts'

/** Who changes a course: a user, or the machine's operator. */
export interface Editor {
  /** Id of the user, or `operator`. */
  id: string
  /** The user's name; '' for the operator. */
  name: string
  user: User | undefined
  /** Whether the right to act still holds in a transaction. */
  precondition: Precondition
}

/** Returns whether the operator's terms do not bind the editor. */
export function isFree(hub: Hub, { user }: Pick<Editor, 'user'>): boolean {
  return user === undefined || isAdmin(hub, user)
}

/** Returns whether the user, or the operator, may make courses. */
export function mayMakeCourses(hub: Hub, editor: Pick<Editor, 'user'>): boolean {
  const { user } = editor
  if (user === undefined || isFree(hub, editor)) return true
  return !sharesHubHost(hub) && user.state === 'active' && isListed(hub, user, hub.config.courseMaking.by)
}

export function requireMaker(hub: Hub, editor: Editor): void {
  if (mayMakeCourses(hub, editor)) return
  throw new HttpError(
    403,
    'not_a_maker',
    say`You may not make courses here. The operator says who may, by courseMaking of the config: ask to be added there.`,
  )
}

/** Returns whether the user, or the operator, may change the course. Its staff may, whether or not it is well. */
export function mayEdit(hub: Hub, editor: Pick<Editor, 'user'>, made: MadeCourse): boolean {
  const { user } = editor
  if (user === undefined || isFree(hub, editor)) return true
  return isStaff(hub, user, staffOf(made))
}

/** Returns the courses that the user may change, by their names. */
export function editableBy(hub: Hub, editor: Pick<Editor, 'user'>): MadeCourse[] {
  const all = [...hub.courses.made.values()].filter((made) => mayEdit(hub, editor, made))
  return all.sort((a, b) => (a.row.slug < b.row.slug ? -1 : 1))
}

/** Returns the courses of the config that the user looks after. */
export function configCoursesOf(hub: Hub, user: User): Course[] {
  return Object.keys(hub.courses.ofConfig).flatMap((slug) => courseLookedAfter(hub, user, slug) ?? [])
}

/** Returns the course of this name, of the config or made by people, if the user looks after it; no user is the machine's operator. */
export function courseLookedAfter(hub: Hub, user: User | undefined, name: string): Course | undefined {
  const slug = name.toLowerCase()
  const course = Object.hasOwn(hub.courses.all, slug) ? hub.courses.all[slug] : undefined
  if (course === undefined || course.variantOf !== undefined) return undefined
  return isFree(hub, { user }) || (user !== undefined && isStaff(hub, user, course)) ? course : undefined
}

/** Returns the staff of the course; of a definition that cannot be read, the one who has made it. */
function staffOf({ course, row }: MadeCourse): Pick<Course, 'staff'> {
  return course ?? { staff: row.maker === '' ? [] : [row.maker] }
}

/** Returns the course of this name that people have made. All that the editor may not change does not exist for the editor. */
export function requireEditable(hub: Hub, editor: Editor, name: string): MadeCourse {
  const made = hub.courses.made.get(name.toLowerCase())
  if (made !== undefined && mayEdit(hub, editor, made)) return made
  if (Object.hasOwn(hub.courses.ofConfig, name.toLowerCase()) && isFree(hub, editor))
    throw new HttpError(
      409,
      'course_of_config',
      say`${name.slice(0, 80)} stands in the config file, and is changed there.`,
    )
  throw new HttpError(
    404,
    'unknown_made_course',
    say`There is no course "${name.slice(0, 80)}" that you may change here.`,
  )
}
