/** What pages say of the choices of servers, and of the answers that they have. */
import { type Chosen, type ShownChoices, shownOf } from '../../courses/choices.ts'
import { type Answers, answersGiven, answersText } from '../../courses/questions/answers.ts'
import { startPatternTime } from '../../courses/questions/pattern.ts'
import { plainIn, type Said, textIn } from '../../words/text.ts'
import { allRememberedAnswers } from '../db/servers/answers.ts'
import { allRememberedChoices } from '../db/servers/choices.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { madeOf, madeOfEach } from '../made-of/made-of.ts'
import { hasQuestions, sameAnswers } from '../questions/decide.ts'
import { hasChoices } from './decide.ts'
import { offeredTo } from './offered.ts'

/** What the present run of a server has. */
export interface PresentRun {
  chosen: Chosen
  answers: Answers
}

/** Returns what the present run of a server has of its course's choices and which answers; nothing where it is not known. */
export async function presentOf(hub: Hub, server: Server): Promise<PresentRun> {
  const { chosen = {}, answers = {} } = (await madeOf(hub, server)) ?? {}
  return { chosen, answers }
}

/**
 * Returns what pages say of each of these servers of a user, by their ids; nothing of those whose courses have neither
 * choices nor questions.
 */
export async function shownChoices(hub: Hub, user: User, servers: Server[]): Promise<Map<string, ShownChoices>> {
  const theirs = servers.flatMap((server) => {
    const course = hub.courses.all[server.course]
    return course !== undefined && (hasChoices(course) || hasQuestions(course)) ? [{ server, course }] : []
  })
  if (theirs.length === 0) return new Map()
  const remembered = await allRememberedChoices(hub.db, user.id)
  const answered = await allRememberedAnswers(hub.db, user.id)
  const running = theirs.map(({ server }) => server).filter(isRunning)
  const made = await madeOfEach(hub, running)
  const time = startPatternTime()
  return new Map(
    theirs.map(({ server, course }) => {
      const present = made.get(server.id)
      const before = remembered.get(course.id) ?? {}
      const choices = shownOf(course, {
        ...{ offered: offeredTo(hub, user, course), present: present?.chosen, remembered: before },
      })
      const { answers } = answersGiven(course, { asked: {}, remembered: answered.get(course.id) ?? {}, time })
      const isOther = present !== undefined && !sameAnswers(answers, present.answers)
      return [
        server.id,
        {
          ...choices,
          now: joined(choices.now, answersText(course, present?.answers ?? answers)),
          ...((choices.next !== undefined || isOther) && {
            next: joined(choices.next ?? choices.now, answersText(course, answers)),
          }),
          mayChange: choices.mayChange || hasQuestions(course),
        },
      ]
    }),
  )
}

/** Returns both in a line. */
export function joined(...texts: Said[]): Said {
  const [one = '', ...others] = texts.filter((text) => String(text) !== '')
  return others.length === 0
    ? one
    : textIn((language) => [one, ...others].map((text) => plainIn(text, language)).join(', '))
}
