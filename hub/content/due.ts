/** When the content of courses is looked for anew. */
import type { ContentSettings } from '../../courses/content/content.ts'
import { listPullPlans, planPull, postponePull } from '../db/content/pulls.ts'
import type { Hub } from '../hub.ts'
import { contentDigest, coursesWithContent } from './courses.ts'
import { beginPull } from './request.ts'

const minute = 60_000
/** The longest time between two tries of what has failed. */
const longest = 24 * 60 * minute
/** The time after which a pull is asked for again that some hub should long have begun. */
const askedMilliseconds = 10 * minute
/** Where nothing is pulled by itself, what may pass is tried again after this. */
const usual = 15 * minute

/**
 * Returns in how many milliseconds the next pull is due after so many failures; undefined for never. Never exactly at the
 * interval, so that courses that begin together do not stay together. After each failure the time is twice as long.
 */
export function nextPullIn(
  { pullMinutes }: Pick<ContentSettings, 'pullMinutes'>,
  failures: number,
  passes: boolean,
): number | undefined {
  if (pullMinutes === false && (failures === 0 || !passes)) return undefined
  const interval = pullMinutes === false ? usual : pullMinutes * minute
  const spread = 0.9 + 0.2 * Math.random()
  const waiting = interval * 2 ** Math.min(Math.max(0, failures - 1), 10)
  return Math.round(spread * Math.max(interval, Math.min(waiting, longest)))
}

/** The most pulls of one round, so that a restart of a site with many courses floods no host. */
const mostAtOnce = 20

/** Asks for the pulls that are due, and at once for those of courses whose repository is new. */
export async function wantDuePulls(hub: Hub): Promise<void> {
  await hub.courses.refresh()
  const courses = coursesWithContent(hub)
  if (courses.size === 0) return
  const plans = await listPullPlans(hub.db)
  let asked = 0
  for (const [id, course] of courses) {
    const settings = contentDigest(course.content)
    const plan = plans.get(id)
    const isNew = plan?.settings !== settings
    if (!isNew && !plan.isDue) continue
    if (asked === mostAtOnce) return
    asked += 1
    if (isNew) await planPull(hub.db, id, settings)
    await beginPull(hub, course, { by: 'operator', why: 'interval' })
    // The end of the pull says when the next one is due.
    await postponePull(hub.db, id, askedMilliseconds)
  }
}
