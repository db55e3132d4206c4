/** What of a course's choices is offered to whom, and the refusal of all else. */

import { type Alternative, type Asked, type Choices, type Chosen, choicesAsked } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { type ErrorLink, HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { isOpenTo, type Opener } from '../rights/opening.ts'
import { isStaff } from '../rights/roles.ts'

/** Returns the choices of the course with what is offered to the user of each; those of which nothing is are left out. */
export function offeredTo(hub: Hub, user: Opener | undefined, course: Course): Choices {
  const mayAll = user !== undefined && isStaff(hub, user, course)
  const isOffered = ({ open }: Alternative) => open === undefined || mayAll || isOpenTo(hub, user, open)
  return Object.fromEntries(
    Object.entries(course.choices)
      .map(([choice, all]) => [choice, all.filter(isOffered)] as const)
      .filter(([, some]) => some.length > 0),
  )
}

/**
 * Returns what is asked of the course's choices. Throws where that is not offered to the user, in the same words for what
 * is for others and for what does not exist. `links` are what the user can do instead.
 */
export function requireOffered(
  hub: Hub,
  user: Opener | undefined,
  course: Course,
  { asked, links = [] }: { asked: Asked; links?: ErrorLink[] },
): Chosen {
  const wanted = Object.entries(choicesAsked(course, asked))
  if (wanted.length === 0) return {}
  const offered = offeredTo(hub, user, course)
  return Object.fromEntries(
    wanted.map(([choice, [first = '', ...more]]) => {
      if (more.length > 0) {
        const message = say`This link says ${choice}= more than once. Say it once, or leave it out.`
        throw new HttpError(400, 'repeated_parameter', message, links)
      }
      const word = first.toLowerCase()
      if (offered[choice]?.some(({ name }) => name === word) !== true) throw notAmongOffered(choice, first, links)
      return [choice, word]
    }),
  )
}

function notAmongOffered(choice: string, word: string, links: ErrorLink[]): HttpError {
  const message = say`This course does not offer you ${choice}=${word.slice(0, 80)}. Leave that out, and the course opens as it is.`
  return new HttpError(400, 'not_offered', message, links)
}
