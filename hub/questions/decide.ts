/** Decides which answers a start has to the questions of its course. */

import type { Course } from '../../courses/course.ts'
import { type Answers, type AnswersOfStart, answersGiven, hasAnswers } from '../../courses/questions/answers.ts'
import { questionNamed, questionTitle } from '../../courses/questions/questions.ts'
import { say } from '../../words/text.ts'
import type { Database } from '../db/dialect.ts'
import { rememberedAnswers } from '../db/servers/answers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** Returns whether the course asks anything. Where it does not, nothing is read. */
export function hasQuestions({ questions }: Pick<Course, 'questions'>): boolean {
  return Object.keys(questions).length > 0
}

/** Returns the answers of a start of the user's server, with what is asked for it and has been checked. */
export async function answersForStart(
  hub: Hub,
  user: { id: string },
  course: Course,
  { asked = {}, db = hub.db }: { asked?: Answers | undefined; db?: Database } = {},
): Promise<AnswersOfStart> {
  if (!hasQuestions(course)) return { answers: {}, missing: [], open: [] }
  return answersGiven(course, { asked, remembered: await rememberedAnswers(db, user.id, course.id) })
}

/** Throws where a question has no answer without which nothing starts. */
export function requireComplete(course: Course, { missing }: AnswersOfStart): void {
  if (missing.length === 0) return
  const titles = missing.map((name) => `${questionTitle(name, questionNamed(course, name) ?? {})} (${name})`).join(', ')
  throw new HttpError(
    409,
    'answer_needed',
    say`This course asks first, and needs an answer: ${titles}. Open it in a browser, which shows the form.`,
    [{ href: `/launch/${course.slug}`, text: say`Show the form`, here: true }],
  )
}

/** Returns whether two starts have the same answers. */
export function sameAnswers(one: Answers, other: Answers): boolean {
  return hasAnswers(one, other) && hasAnswers(other, one)
}
