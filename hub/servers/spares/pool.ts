import type { Course } from '../../../courses/course.ts'
import { answersGiven } from '../../../courses/questions/answers.ts'
import { mostSpares } from '../../../courses/spares.ts'
import { say, type Text } from '../../../words/text.ts'
import { readClock } from '../../db/clock.ts'
import { allSpares } from '../../db/servers/claims.ts'
import { isLaunching } from '../../db/servers/server-states.ts'
import { knownOfSpares, type SparePool } from '../../db/servers/spares.ts'
import type { Hub } from '../../hub.ts'
import { mayHaveSpares } from './claim.ts'
import { sparesWanted } from './wanted.ts'

/** Returns the spares of a course; undefined for one that never has any. */
export async function poolOf(hub: Hub, course: Course): Promise<SparePool | undefined> {
  if (mostSpares(course.spares) === 0 || course.variantOf !== undefined) return undefined
  const its = (await allSpares(hub.db)).filter(({ server }) => server.course === course.slug)
  const known = (await knownOfSpares(hub.db)).get(course.slug)
  const wanted = (await sparesWanted(hub, await readClock(hub.db))).get(course.slug)?.count ?? 0
  const ages = its.flatMap(({ age }) => age ?? [])
  const { failures = 0, failedAge, failure, failureDetail: detail } = known ?? {}
  return {
    wanted,
    none: whyNone(hub, course, wanted),
    ready: ages.length,
    coming: its.filter(({ server }) => isLaunching(server)).length,
    oldestSeconds: ages.length === 0 ? undefined : Math.round(Math.max(...ages) / 1000),
    ...{ hits: known?.hits ?? 0, misses: known?.misses ?? 0, others: known?.others ?? 0 },
    problem:
      failures === 0 || failedAge === undefined
        ? undefined
        : { failures, seconds: Math.round(failedAge / 1000), failure: failure ?? '', detail },
  }
}

function whyNone(hub: Hub, course: Course, wanted: number): Text | undefined {
  if (!mayHaveSpares(hub, course))
    return say`The config has a hook before starts, which makes each server for its own user.`
  if (answersGiven(course, { asked: {}, remembered: {} }).missing.length > 0)
    return say`The course needs an answer before each start.`
  if (wanted > 0) return undefined
  return say`There are none at this hour, or the course is not open, or there is maintenance.`
}
