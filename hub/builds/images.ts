/** The images with which servers start whose courses name one that the hub builds. */
import { buildNamed } from '../../courses/built-image.ts'
import { allBuilt, findBuilt } from '../db/builds/built.ts'
import type { Database } from '../db/dialect.ts'

/**
 * Returns the image as spawners know it: the one that was built last where the course names a build. Undefined where
 * nothing was built yet.
 */
export async function imageOf(db: Database, image: string): Promise<string | undefined> {
  const name = buildNamed(image)
  return name === undefined ? image : (await findBuilt(db, name))?.image
}

/** Returns those of the courses, or the like, whose images are there to be found, with these in the place of names of builds. */
export async function withBuiltImages<T extends { image: string }>(db: Database, courses: readonly T[]): Promise<T[]> {
  if (!courses.some(({ image }) => buildNamed(image) !== undefined)) return [...courses]
  const built = await allBuilt(db)
  return courses.flatMap((course) => {
    const name = buildNamed(course.image)
    const image = name === undefined ? course.image : built.get(name)?.image
    return image === undefined ? [] : [{ ...course, image }]
  })
}

/** Returns the courses, or the like, for which the image of this name is built. Pure. */
export function coursesOfBuild<T extends { image: string }>(courses: Readonly<Record<string, T>>, name: string): T[] {
  return Object.values(courses).filter(({ image }) => buildNamed(image) === name)
}

/** Returns the names of the builds that these courses, or the like, have. Pure. */
export function buildsOf(courses: readonly { image: string }[]): string[] {
  return [...new Set(courses.flatMap(({ image }) => buildNamed(image) ?? []))]
}
