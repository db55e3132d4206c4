/** What a link or a program answers to the questions of a course, and the refusal of what they do not take. */
import type { Asked } from '../../courses/choices.ts'
import { type Answers, questionsAsked } from '../../courses/questions/answers.ts'
import { startPatternTime } from '../../courses/questions/pattern.ts'
import { questionNamed, questionTitle, type WithQuestions } from '../../courses/questions/questions.ts'
import { textProblem, tidyText } from '../../courses/questions/texts.ts'
import { retoldClause } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { type ErrorLink, HttpError } from '../errors.ts'

/**
 * Returns the answers that are asked for. Throws where a question does not take one, and for a question that asks for a
 * file. `links` are what the user can do instead.
 */
export function requireAnswers(
  course: WithQuestions,
  { asked, links = [] }: { asked: Asked; links?: ErrorLink[] },
): Answers {
  const time = startPatternTime()
  return Object.fromEntries(
    Object.entries(questionsAsked(course, asked)).map(([name, [first = '', ...more]]) => {
      const question = questionNamed(course, name)
      if (question === undefined || question.kind === 'file') throw notInLinks(name, links)
      if (more.length > 0) {
        const message = say`This link says ${name}= more than once. Say it once, or leave it out.`
        throw new HttpError(400, 'repeated_parameter', message, links)
      }
      const text = tidyText(first)
      const problem = textProblem(question, text, time)
      if (problem !== undefined) throw notTaken(`${name}= (${questionTitle(name, question)})`, problem, links)
      return [name, { text }]
    }),
  )
}

function notInLinks(name: string, links: ErrorLink[]): HttpError {
  const message = say`${name}= is a file, which no link can bring. Leave it out, and choose the file on the page that asks for it.`
  return new HttpError(400, 'not_offered', message, links)
}

function notTaken(what: string, problem: string, links: ErrorLink[]): HttpError {
  return new HttpError(
    400,
    'bad_answer',
    say`This course does not take the answer for ${what}: ${retoldClause(problem)}`,
    links,
  )
}
