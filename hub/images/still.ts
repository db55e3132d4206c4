import type { Course } from '../../courses/course.ts'
import type { Hub } from '../hub.ts'

/** Returns whether the name of an image stands for the image with this id, where the course's servers start. A spawner without images has only one. */
export async function isStill(
  { spawner: { images } }: Pick<Hub, 'spawner'>,
  { image, course: { options, gpu } }: { image: string; course: Course },
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (images === undefined) return true
  const [found] = await images.find([{ image, uses: [{ options, gpu }] }], { signal })
  return found?.id === id
}
