/** What the commands of courses ask a hub, and what they understand of its answers. */
import { z } from 'zod'
import { flag, type Options, UsageError } from '../../options.ts'
import type { AdminClient } from '../hub-client.ts'
import { print, understood } from '../lines.ts'

const course = z.object({
  ...{ name: z.string(), id: z.string(), from: z.enum(['config', 'database']), title: z.string() },
  ...{ image: z.string().nullable(), state: z.enum(['active', 'archived', 'deleted']), version: z.number() },
  ...{ staff: z.array(z.string()), made: z.string().nullable(), made_by: z.string().nullable() },
  /** The address of the repository of its content. */
  content: z.string().nullable().default(null),
  ...{ changed: z.string().nullable(), changed_by: z.string().nullable(), goes: z.string().nullable() },
  problems: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
})
export type ToldCourse = z.output<typeof course>
const whole = course.extend({ definition: z.record(z.string(), z.unknown()) })
export type CourseAnswer = z.output<typeof whole>

/** The option of each command that changes something. */
export const dryRun = { dryRun: { help: 'Only look whether it could be done.', schema: flag } } satisfies Options

/** Returns all courses that the hub shows to the caller, those of the config too for admins, and for staff those with content. */
export async function listedCourses(hub: AdminClient) {
  const { data } = await hub.call({ method: 'GET', path: '/hub/api/courses' })
  return understood(z.object({ courses: z.array(course) }), data).courses
}

/** Calls the hub, and returns the course that it answers with. */
export async function askCourse(hub: AdminClient, call: Parameters<AdminClient['call']>[0]): Promise<CourseAnswer> {
  return understood(whole, (await hub.call(call)).data)
}

export const pullAnswer = z.object({ pull: z.number(), state: z.string(), status: z.string() })

const problem = z.object({ file: z.string(), line: z.number().optional(), message: z.string() })
const counting = z.object({ commit: z.string(), subject: z.string(), since: z.string(), problems: z.array(problem) })
const contentAnswer = z.object({
  ...{ git: z.string(), ref: z.string().nullable(), counts: counting.nullable(), problem: z.string().nullable() },
  ...{ checked: z.string().nullable().default(null), next: z.string().nullable().default(null) },
  notebooks: z.array(z.object({ path: z.string(), title: z.string() })),
  pull: pullAnswer.nullable(),
})

/** Asks the hub for the content of a course. */
export async function contentAt(hub: AdminClient, name: string) {
  const { data } = await hub.call({ method: 'GET', path: `${pathOfCourse(name)}/content` })
  return understood(contentAnswer, data)
}

/** Prints the course for programs, or a sentence about it for people. */
export function printDone({ json }: { json: boolean }, one: CourseAnswer, text: string): void {
  print(json ? JSON.stringify(one, null, 2) : text)
}

/** Returns the one name on a command line. */
export function oneName(args: string[]): string {
  const [name, ...others] = args
  if (name && others.length === 0) return name
  throw new UsageError('name one course, as "carrel course list" shows it')
}

/** Returns the address of a course at the API. */
export function pathOfCourse(name: string): string {
  return `/hub/api/courses/${encodeURIComponent(name)}`
}
