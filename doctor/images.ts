import { buildsOf, coursesOfBuild, withBuiltImages } from '../hub/builds/images.ts'
import { buildText } from '../hub/builds/told.ts'
import { allBuilt } from '../hub/db/builds/built.ts'
import type { Database } from '../hub/db/dialect.ts'
import { findImages } from '../hub/db/images/images.ts'
import { isUnderWay, latestJobs } from '../hub/db/jobs/jobs.ts'
import { coursesByImage } from '../hub/images/uses.ts'
import { lookInto } from './database.ts'
import { type Finding, ok, problem } from './finding.ts'
import type { Setup } from './setup.ts'

/** Tells which images of courses are missing where servers start, as the hub has last found them. */
export async function checkFetched(setup: Setup): Promise<Finding[]> {
  return lookInto(setup, async (db) => {
    // A database of an older version knows of no images.
    if (db === undefined || !(await db.schema.hasTable('images').catch(() => false))) return []
    const hasBuilds = await db.schema.hasTable('built').catch(() => false)
    const courses = Object.values(setup.config.courses)
    const all = coursesByImage(hasBuilds ? await withBuiltImages(db, courses) : courses)
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
    const builds = hasBuilds ? await checkBuilds(setup, db) : []
    return findings.length > 0 || known.size === 0
      ? [...findings, ...builds]
      : [ok('images', 'are where servers start'), ...builds]
  })
}

/** Tells which images that the hub is to build were not built yet, or not of what their repository has now. */
async function checkBuilds({ config }: Setup, db: Database): Promise<Finding[]> {
  const names = Object.keys(config.builds.images)
  const [built, latest] = [await allBuilt(db), await latestJobs(db, 'image', names)]
  return names.flatMap((name): Finding[] => {
    const check = `image @${name}`
    const [now, last] = [built.get(name), latest.get(name)]
    const courses = coursesOfBuild(config.courses, name).map((course) => course.name)
    const again = `carrel images build ${name}`
    if (last?.state === 'failed' && last.cancelledBy === undefined) {
      const what =
        now === undefined
          ? `could not be built, so that ${courses.join(', ') || 'no course'} cannot be opened`
          : 'could not be built anew'
      return [problem(check, `${what}: ${last.problem} When that is mended: ${again}`)]
    }
    if (now !== undefined || courses.length === 0) return []
    if (last !== undefined && isUnderWay(last)) return [ok(check, String(buildText(last)))]
    return [
      problem(
        check,
        `was not built yet, and learners of ${courses.join(', ')} wait for it. Have it built before they come: ${again}`,
      ),
    ]
  })
}

/** Returns the setup with courses as servers start with them: those whose images are built, with these images. */
export async function withRealImages(setup: Setup): Promise<Setup> {
  const { config } = setup
  const all = Object.values(config.courses)
  if (buildsOf(all).length === 0) return setup
  let courses = all.filter(({ image }) => buildsOf([{ image }]).length === 0)
  await lookInto(setup, async (db) => {
    if (db !== undefined && (await db.schema.hasTable('built').catch(() => false)))
      courses = await withBuiltImages(db, all)
    return []
  })
  return {
    ...setup,
    config: { ...config, courses: Object.fromEntries(courses.map((course) => [course.slug, course])) },
  }
}
