import { everyChosen, settingsOf } from './choices.ts'
import type { Course } from './course.ts'
import { withSettings } from './settings.ts'

/**
 * Returns the course as each of its users may have it: as the course says it and as each rule does, with all that can be
 * taken of its choices. Pure.
 */
export function everySettled(course: Course): Course[] {
  const ruled = [course, ...course.rules.map((rule) => withSettings(course, rule))]
  const taken = everyChosen(course).map((chosen) => settingsOf(course, chosen))
  return ruled.flatMap((base) => taken.map((settings) => settings.reduce(withSettings, base)))
}
