/** What stands in the way of a link where its course lets users choose, such as the size of their servers, or asks them. */
import { type Choices, type Chosen, chosenText, decide, wordFor } from '../../../courses/choices.ts'
import type { Course } from '../../../courses/course.ts'
import { type Answers, answersGiven, answersText, answerTo, hasAnswers } from '../../../courses/questions/answers.ts'
import type { Said } from '../../../words/text.ts'
import { hasChoices } from '../../choices/decide.ts'
import { offeredTo } from '../../choices/offered.ts'
import { joined, presentOf } from '../../choices/shown.ts'
import { rememberedAnswers } from '../../db/servers/answers.ts'
import { rememberedChoices } from '../../db/servers/choices.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { findServerOf, type Server } from '../../db/servers/servers.ts'
import type { User } from '../../db/users.ts'
import type { Hub } from '../../hub.ts'
import { hasQuestions } from '../../questions/decide.ts'

/** A wish for a server of the user in a course. */
export interface Wish {
  user: User
  course: Course
  /** What the link asks of the course's choices, which the user may have. */
  asked: Chosen
  /** What the link answers to the course's questions, and they take. */
  answers: Answers
}

/** What a form asks a user. */
export interface OpenChoices {
  offered: Choices
  /** What is chosen on the form at first. */
  chosen: Chosen
  /** What the user had chosen before, and cannot have any more. */
  lost: Chosen
  /** What stands on the form at first as answers to the course's questions. */
  answers: Answers
}

/**
 * Returns what the user is to choose and to answer before the server starts; undefined for a server that is on its way
 * already, and where nothing is open. A user is asked once for each course.
 */
export async function choicesToMake(hub: Hub, wish: Wish): Promise<OpenChoices | undefined> {
  const { user, course, asked } = wish
  if (!hasChoices(course) && !hasQuestions(course)) return undefined
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server !== undefined && (isRunning(server) || server.restart)) return undefined
  const remembered = await rememberedChoices(hub.db, user.id, course.id)
  const isOpen = Object.entries(offeredTo(hub, user, course)).some(
    ([choice, all]) => all.length > 1 && wordFor({ ...remembered, ...asked }, choice) === undefined,
  )
  const { form, open } = await formOf(hub, wish)
  return isOpen || open.length > 0 ? form : undefined
}

/** Returns the same for a user who wants to choose anew; undefined where there is nothing to choose among and nothing asked. */
export async function choicesToChange(hub: Hub, wish: Wish): Promise<OpenChoices | undefined> {
  const { form } = await formOf(hub, wish)
  const mayChoose = Object.values(form.offered).some((all) => all.length > 1)
  return mayChoose || hasQuestions(wish.course) ? form : undefined
}

async function formOf(
  hub: Hub,
  { user, course, asked, answers }: Wish,
): Promise<{ form: OpenChoices; open: string[] }> {
  const offered = offeredTo(hub, user, course)
  const chosen = decide(offered, { asked, remembered: await rememberedChoices(hub.db, user.id, course.id) })
  const remembered = await rememberedAnswers(hub.db, user.id, course.id)
  const given = answersGiven(course, { asked: answers, remembered })
  return { form: { offered, ...chosen, answers: given.answers }, open: given.open }
}

/** A server that runs with something else than was asked for, and both in words, as far as they differ. */
export interface OtherRun {
  server: Server
  asked: Said
  present: Said
}

/** Returns the server if it runs, or will do so soon, with something else than what is asked for. */
export async function otherRun(hub: Hub, wish: Wish, server?: Server): Promise<OtherRun | undefined> {
  const { user, course, asked, answers } = wish
  if (Object.keys(asked).length === 0 && Object.keys(answers).length === 0) return undefined
  const found = server ?? (await findServerOf(hub.db, user.id, course.slug))
  if (found === undefined || !isRunning(found)) return undefined
  const present = await presentOf(hub, found)
  const chosen = Object.entries(asked).filter(([choice, word]) => wordFor(present.chosen, choice) !== word)
  const answered = Object.entries(answers).filter(([name, answer]) => !hasAnswers(present.answers, { [name]: answer }))
  if (chosen.length === 0 && answered.length === 0) return undefined
  const hasOf = <T>(named: [string, unknown][], of: (name: string) => T | undefined) =>
    Object.fromEntries(named.flatMap(([name]) => (of(name) === undefined ? [] : [[name, of(name)]]))) as Record<
      string,
      T
    >
  return {
    server: found,
    asked: joined(chosenText(course, Object.fromEntries(chosen)), answersText(course, Object.fromEntries(answered))),
    present: joined(
      chosenText(
        course,
        hasOf(chosen, (name) => wordFor(present.chosen, name)),
      ),
      answersText(
        course,
        hasOf(answered, (name) => answerTo(present.answers, name)),
      ),
    ),
  }
}
