/** Decides what a start has of its course's choices. */
import { type Chosen, decide, settingsOf, wordFor } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import type { Answers } from '../../courses/questions/answers.ts'
import { withSettings } from '../../courses/settings.ts'
import type { Database } from '../db/dialect.ts'
import { rememberAnswers } from '../db/servers/answers.ts'
import { rememberChoices, rememberedChoices } from '../db/servers/choices.ts'
import { lockUser, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { courseOfOwner } from '../rights/settings.ts'
import { offeredTo } from './offered.ts'

/** Returns whether users of the course can choose anything. Where they cannot, nothing is asked and nothing read. */
export function hasChoices({ choices }: Pick<Course, 'choices'>): boolean {
  return Object.keys(choices).length > 0
}

/** Returns what a start of the user's server takes of the choices, with what is asked for it and has been checked. */
export async function chosenForStart(
  hub: Hub,
  user: User,
  course: Course,
  { asked = {}, db = hub.db }: { asked?: Chosen | undefined; db?: Database } = {},
): Promise<Chosen> {
  if (!hasChoices(course)) return {}
  const remembered = await rememberedChoices(db, user.id, course.id)
  return decide(offeredTo(hub, user, course), { asked, remembered }).chosen
}

/** Returns the course as the user's next server has it, by rules and by what was taken of the choices. */
export function courseWith(hub: Hub, user: User, course: Course, chosen: Chosen): { course: Course; chosen: Chosen } {
  return { course: settingsOf(course, chosen).reduce(withSettings, courseOfOwner(hub, user, course)), chosen }
}

/** Returns those of the user's choices that the user has made and may still have. */
export async function rememberedFor(hub: Hub, user: User, course: Course): Promise<Chosen> {
  const remembered = await rememberedChoices(hub.db, user.id, course.id)
  const { chosen } = decide(offeredTo(hub, user, course), { asked: {}, remembered })
  return Object.fromEntries(Object.entries(chosen).filter(([choice, word]) => wordFor(remembered, choice) === word))
}

/** Notes what the user has chosen and answered for the course's next start, and has been checked. */
export async function rememberFor(
  hub: Hub,
  user: User,
  course: Course,
  { chosen, answers = {} }: { chosen: Chosen; answers?: Answers },
): Promise<void> {
  if (Object.keys(chosen).length === 0 && Object.keys(answers).length === 0) return
  await hub.db.transaction(async (trx) => {
    if ((await lockUser(trx, user.id))?.state !== 'active') return
    await rememberChoices(trx, { user: user.id, course: course.id, chosen })
    await rememberAnswers(trx, { user: user.id, course: course.id, answers })
  })
}
