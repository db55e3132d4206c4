import { findImages } from '../hub/db/images/images.ts'
import { coursesByImage } from '../hub/images/uses.ts'
import { lookInto } from './database.ts'
import { type Finding, ok, problem } from './finding.ts'
import type { Setup } from './setup.ts'

/** Tells which images of courses are missing where servers start, as the hub has last found them. */
export async function checkFetched(setup: Setup): Promise<Finding[]> {
  return lookInto(setup, async (db) => {
    // A database of an older version knows of no images.
    if (db === undefined || !(await db.schema.hasTable('images').catch(() => false))) return []
    const all = coursesByImage(Object.values(setup.config.courses))
    const known = await findImages(db, [...all.keys()])
    const findings = [...known.values()].flatMap(({ image, places, problem: why, fetchProblem }): Finding[] => {
      const check = `image ${image}`
      const names = (all.get(image) ?? []).map(({ name }) => name).join(', ')
      if (places.all > 0 && places.having === 0) {
        const remedy = 'Have it fetched before they come: carrel images pull'
        return [problem(check, `is missing, and learners of ${names} wait for it. ${fetchProblem ?? why} ${remedy}`)]
      }
      if (fetchProblem !== undefined) return [problem(check, `could not be fetched anew: ${fetchProblem}`)]
      // New nodes fetch it by themselves.
      return places.having < places.all ? [ok(check, `is at ${places.having} of ${places.all} places`)] : []
    })
    return findings.length > 0 || known.size === 0 ? findings : [ok('images', 'are where servers start')]
  })
}
