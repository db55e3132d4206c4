/** Which homes are removed because nobody has used them for long, as courses say by `home.keepDays`. */
import type { Course } from '../../courses/course.ts'
import { kept } from '../../words/kept.ts'
import { readClock } from '../db/clock.ts'
import { countHomes, unusedHomes } from '../db/homes/homes.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { removeHome } from './removal.ts'

const dayMilliseconds = 24 * 3600_000

/** Returns for how many days homes stay unused, by the id of their course; '' for those of all courses. Pure. */
export function retentionOf(courses: Record<string, Pick<Course, 'id' | 'home'>>): Map<string, number> {
  return new Map(
    Object.values(courses).flatMap(({ id, home }): [string, number][] =>
      home?.keepDays === undefined ? [] : [[home.per === 'user' ? '' : id, home.keepDays]],
    ),
  )
}

/**
 * Has homes removed that nobody has used for as long as their course says. They go a week later, and are kept when their
 * user opens the course before, or staff say so. A home that is in use stays.
 */
export async function retireHomes(hub: Hub): Promise<void> {
  const now = await readClock(hub.db)
  for (const [course, days] of retentionOf(hub.courses.all)) {
    for (const home of await unusedHomes(hub.db, { course, before: now - days * dayMilliseconds })) {
      const removal = { by: 'retention', reason: kept`not used for ${days} days`, seen: home.lastUsed }
      try {
        await removeHome(hub, home.id, removal)
        hub.log.info({ home: home.id, account: home.account, course, days }, 'a home is removed in a week, unless kept')
      } catch (error) {
        if (!(error instanceof HttpError)) throw error
      }
    }
  }
}

/** Logs homes that no course opens, since the config does not have the course, or says no home for it. */
export async function warnOfOrphans(hub: Hub): Promise<void> {
  const courses = Object.values(hub.courses.all)
  const ids = new Set(courses.map(({ id }) => id))
  const withHome = new Set(
    courses.flatMap(({ id, home }) => (home === undefined ? [] : [home.per === 'user' ? '' : id])),
  )
  for (const [course, homes] of await countHomes(hub.db)) {
    if (withHome.has(course)) continue
    if (course !== '' && !ids.has(course)) {
      const remedy = `If it has another name now, say id: '${course}' there; else see carrel homes list --course ${course}.`
      hub.log.warn({ course, homes }, `no course of the config has these homes. They stay. ${remedy}`)
      continue
    }
    const whose =
      course === '' ? 'no course gives each user one home any more' : 'the course says no home of that kind any more'
    const remedy =
      'Learners begin without these files, which stay. Put the setting `home` back to give them their files again.'
    hub.log.warn({ course, homes }, `these homes are opened by no course: ${whose}. ${remedy}`)
  }
}
