import type { Course } from '../../courses/course.ts'
import type { BringProgress, FoundImage } from '../../spawners/images.ts'
import { say } from '../../words/text.ts'
import { buildsOf, imageOf, withBuiltImages } from '../builds/images.ts'
import type { BuildAsker } from '../builds/request.ts'
import { buildAndWait, notRenewed, unbuiltImage } from '../builds/wait.ts'
import { putImages } from '../db/images/images.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { imageUses } from './uses.ts'

interface Fetching {
  signal: AbortSignal
  report(progress: BringProgress): void
  /** The one who has images built that the hub builds. */
  by: BuildAsker
}

/**
 * Has the spawner fetch the images of these courses to all places, those built first that the hub builds, and resolves with
 * what came of each. What a hub that dies meanwhile has fetched stays, and the next call goes on from there.
 */
export async function fetchImages(
  hub: Hub,
  courses: readonly Course[],
  { signal, report, by }: Fetching,
): Promise<FoundImage[]> {
  const images = imagesOf(hub)
  const [built, others] = partition(courses, ({ image }) => buildsOf([{ image }]).length > 0)
  const [found, made] = await Promise.all([
    images.bring(imageUses(others), { signal, report }),
    Promise.all(buildsOf(built).map((name) => buildOne(hub, name, built, { signal, report, by }))),
  ])
  const all = [...found, ...made]
  await putImages(
    hub.db,
    all.filter(({ image }) => !image.startsWith('@')),
    { by: 'fetch' },
  )
  await letGo(hub, signal)
  return all
}

/** Builds an image and has it brought to where servers start, and returns what came of it. */
async function buildOne(hub: Hub, name: string, courses: readonly Course[], how: Fetching): Promise<FoundImage> {
  const problem = await buildAndWait(hub, name, how)
  const own = courses.filter(({ image }) => image === `@${name}`)
  const image = await imageOf(hub.db, `@${name}`)
  if (image === undefined) return unbuiltImage(hub, name)
  const uses = imageUses(own.map((course) => ({ ...course, image })))
  const images = imagesOf(hub)
  // No registry has what was made where servers start.
  const [found] = hub.builds.isLocal ? await images.find(uses, how) : await images.bring(uses, how)
  const there = found ?? { image, places: { having: 0, all: 0 } }
  return problem === undefined ? there : { ...there, problem: notRenewed(problem) }
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}

/** Has the spawner let go of what keeps other images ready than those of the courses. The next look tries it again. */
async function letGo({ db, spawner, courses, log }: Hub, signal: AbortSignal): Promise<void> {
  try {
    await spawner.images?.keep?.(imageUses(await withBuiltImages(db, Object.values(courses.all))), { signal })
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      'what keeps other images ready than those of the courses could not be let go',
    )
  }
}

/** Returns the images of the spawner. Throws where it has none. */
export function imagesOf({ spawner, config }: Pick<Hub, 'spawner' | 'config'>) {
  if (spawner.images !== undefined) return spawner.images
  throw new HttpError(409, 'no_images', say`The ${config.spawner.name} spawner starts servers from no images.`)
}
