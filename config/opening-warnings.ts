/** What is odd about who may open a course and when. */
import type { Authenticator } from '../authenticators/authenticator.ts'
import type { Course } from '../courses/course.ts'
import { successorOf } from '../courses/successor.ts'
import { didYouMean } from '../net/settings/near.ts'
import type { Config } from './config.ts'

/** Returns the courses that open to fewer people than their settings seem to say, or to none. */
export function coursesThatDoNotOpen(config: Config): string[] {
  return Object.values(config.courses).flatMap((course) => [
    ...oddTimes(course),
    ...oddNames(config, `courses.${course.name}.open`, course.open),
    ...oddNames(config, `courses.${course.name}.gpuOnRequest`, course.gpuOnRequest),
    ...(['tags', 'apps'] as const).flatMap((kind) =>
      Object.entries(course[kind]).flatMap(([word, { open }]) =>
        oddNames(config, `courses.${course.name}.${kind}.${word}.open`, open),
      ),
    ),
    ...Object.entries(course.choices).flatMap(([choice, all]) =>
      all.flatMap(({ open }, index) =>
        oddNames(config, `courses.${course.name}.choices.${choice}[${index}].open`, open),
      ),
    ),
    ...withoutLearners(config, course),
    ...withoutSuccessor(config, course),
    ...withoutAnyone(config, course),
  ])
}

/** Returns whether the names of the persons whom the authenticator lets in say who they are. */
export function provesNames(one: Authenticator): boolean {
  return one.kind === 'redirect' || one.kind === 'header' || (one.kind === 'password' && one.namesAreChosen !== true)
}

function oddTimes({ name, opens, closes }: Course): string[] {
  if (opens === undefined || closes === undefined || Date.parse(opens) < Date.parse(closes)) return []
  return [
    `courses.${name} closes (${closes}) before it opens (${opens}), so only its staff can open it. Correct the times.`,
  ]
}

/** Returns the groups of a course's list that do not exist. Whether a person of a name will come, no config tells. */
function oddNames({ groups, authenticators }: Config, setting: string, open: Course['gpuOnRequest']): string[] {
  if (open === undefined || typeof open === 'string') return []
  const said = authenticators.flatMap((one) => one.groups ?? [])
  const known = [...Object.keys(groups), ...said].map((group) => `group:${group}`)
  return open.flatMap((member) => {
    if (!member.startsWith('group:') || known.includes(member)) return []
    const hint = didYouMean(member, known) || '; add it to groups, or correct the name.'
    return [`${setting}: "${member}" is no group of this file${hint}`]
  })
}

/** Returns a warning for each LMS whose links lead from this course to another one that the LMS may not open. */
function withoutSuccessor({ authenticators, courses }: Config, course: Course): string[] {
  const { slug, name: next } = successorOf(courses, course)
  if (slug === course.slug) return []
  return authenticators.flatMap((one) => {
    if (one.kind !== 'launch') return []
    const opened = one.courses.map((name) => name.toLowerCase())
    if (!opened.includes(course.slug) || opened.includes(slug)) return []
    return [
      `courses.${course.name}.deprecated: links of "${one.name}" to this course open ${next}, which "${one.name}" does not open, so its learners are kept out. Name ${next} in lms({ courses }) too.`,
    ]
  })
}

/** Returns a warning for a course that an LMS opens and whose learners are kept out. */
function withoutLearners({ authenticators }: Config, { name, slug, open }: Course): string[] {
  const isOfLms = authenticators.some(
    (one) => one.kind === 'launch' && one.courses.some((course) => course.toLowerCase() === slug),
  )
  if (open === 'everyone' || !isOfLms) return []
  return [
    `courses.${name}.open: learners of an LMS cannot open this course, since they do not sign in here. Say 'everyone', where the LMS alone decides which of its learners may, or take the course out of lms({ courses }).`,
  ]
}

/** Returns a warning for a course that only staff or nobody at all can ever open. */
function withoutAnyone({ authenticators, groups }: Config, { name, open }: Course): string[] {
  if (open === 'everyone') return []
  const setting = `courses.${name}.open`
  if (open === 'signed-in') {
    const signsIn = ({ kind }: Authenticator) => kind !== 'temporary' && kind !== 'launch'
    const isSome = authenticators.some((one) => signsIn(one) || (one.kind === 'temporary' && one.behind !== undefined))
    const remedy = "Add a way to sign in, such as oidc({ … }), or say 'everyone'."
    return isSome ? [] : [`${setting}: nobody can open this course, since there is no way to sign in here. ${remedy}`]
  }
  if (!authenticators.some(provesNames)) {
    const remedy = 'Add a way to sign in with a name, such as oidc({ … }).'
    return [`${setting}: nobody can open this course, since nobody comes in here by a name that counts. ${remedy}`]
  }
  // Accounts may be put into a group by a file that an admin imports.
  const keepsAccounts = authenticators.some((one) => one.kind === 'password' && one.open !== undefined)
  const isGiven = (group: string) => keepsAccounts || authenticators.some((one) => one.groups?.includes(group))
  const hasMembers = (group: string) => (groups[group] ?? []).length > 0 || isGiven(group)
  const isSome = open.some((member) => !member.startsWith('group:') || hasMembers(member.slice('group:'.length)))
  return isSome ? [] : [`${setting}: only staff can open this course, since the list has no one in it. Name somebody.`]
}
