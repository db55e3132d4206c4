import { decide } from '../../../courses/choices.ts'
import type { Course } from '../../../courses/course.ts'
import { outside } from '../../../courses/opening.ts'
import { answersGiven } from '../../../courses/questions/answers.ts'
import { sparesAt } from '../../../courses/spares.ts'
import { isReplaced } from '../../../courses/successor.ts'
import { courseWith } from '../../choices/decide.ts'
import { offeredTo } from '../../choices/offered.ts'
import { findMaintenance } from '../../db/installation.ts'
import type { User } from '../../db/users.ts'
import type { Hub } from '../../hub.ts'
import { namingMadeOf } from '../../made-of/made-of.ts'
import { mayHaveSpares } from './claim.ts'

/** What is wanted of the spares of one course. */
export interface WantedSpares {
  count: number
  /** Digest of the definition of what a start of the course is made of at present; undefined where nothing can start. */
  madeOf: string | undefined
  maxAgeMilliseconds: number
}

/** Spares of a course that opens later are made this long before. */
const beforeOpening = 15 * 60_000
const usualAgeSeconds = 4 * 3600

/** Returns how many spares each course is to have now, by its slug. Courses that want none are absent. */
export async function sparesWanted(hub: Hub, now: number): Promise<Map<string, { course: Course; count: number }>> {
  if ((await findMaintenance(hub.db)) !== undefined) return new Map()
  const all = Object.values(hub.courses.all).map((course) => ({ course, count: countWanted(hub, course, now) }))
  return new Map(all.filter(({ count }) => count > 0).map((one) => [one.course.slug, one]))
}

function countWanted(hub: Hub, course: Course, now: number): number {
  if (!mayHaveSpares(hub, course)) return 0
  const isOver = course.halted !== undefined || isReplaced(hub.courses.all, course)
  const isShut = outside(course, now) !== undefined && outside(course, now + beforeOpening) !== undefined
  return isOver || isShut ? 0 : sparesAt(course.spares, now)
}

/**
 * Calls `act` with what is wanted of the spares of the course: they are made as the start of somebody who has chosen and
 * answered nothing. A course that asks for an answer before anything starts has none.
 */
export async function withWanted<T>(
  hub: Hub,
  { course, count }: { course: Course; count: number },
  act: (wanted: WantedSpares) => Promise<T>,
): Promise<T> {
  const anyone = anyoneOf(hub)
  const { chosen } = decide(offeredTo(hub, anyone, course), { asked: {}, remembered: {} })
  const { answers, missing } = answersGiven(course, { asked: {}, remembered: {} })
  const maxAgeMilliseconds = (course.spares?.maxAgeSeconds ?? usualAgeSeconds) * 1000
  return namingMadeOf(hub, { ...courseWith(hub, anyone, course, chosen), answers }, (madeOf) =>
    act({ count, madeOf: missing.length > 0 ? undefined : madeOf, maxAgeMilliseconds }),
  )
}

/** Returns the user for whom spares are made: one of the kind that comes to this site without being named anywhere. */
function anyoneOf({ config }: Hub): User {
  const kinds = config.authenticators.map(({ kind }) => kind)
  const kind = kinds.includes('temporary') ? 'temporary' : kinds.includes('launch') ? 'learner' : 'person'
  const way = config.authenticators.find((one) => one.kind === kind || (kind === 'learner' && one.kind === 'launch'))
  return {
    ...{ id: '', name: '', kind, authenticator: way?.name ?? '', subject: '', displayName: undefined },
    ...{ state: 'active', preview: false, created: 0, lastLaunch: 0, groupLists: {} },
  }
}
