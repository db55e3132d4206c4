import type { Course } from '../../courses/course.ts'
import type { BringProgress, FoundImage } from '../../spawners/images.ts'
import { putImages } from '../db/images/images.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { imageUses } from './uses.ts'

/**
 * Has the spawner fetch the images of these courses to all places, and resolves with what came of each. What a hub that
 * dies meanwhile has fetched stays, and the next call goes on from there.
 */
export async function fetchImages(
  hub: Hub,
  courses: readonly Course[],
  { signal, report }: { signal: AbortSignal; report(progress: BringProgress): void },
): Promise<FoundImage[]> {
  const images = imagesOf(hub)
  const found = await images.bring(imageUses(courses), { signal, report })
  await putImages(hub.db, found, { by: 'fetch' })
  await letGo(hub, signal)
  return found
}

/** Has the spawner let go of what keeps other images ready than those of the courses. The next look tries it again. */
async function letGo({ spawner, courses, log }: Hub, signal: AbortSignal): Promise<void> {
  try {
    await spawner.images?.keep?.(imageUses(Object.values(courses.all)), { signal })
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
  throw new HttpError(409, 'no_images', `The ${config.spawner.name} spawner starts servers from no images.`)
}
