/** The notebooks that the image of a course has, as pages to read: where they lie, and what is known of them. */
import { isAbsolute } from 'node:path'
import { givesCopies } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { speaksJupyter } from '../../courses/programs.ts'
import { imageOf } from '../builds/images.ts'
import { type PlaceInImage, titleInImage } from '../db/images/image-notebooks.ts'
import type { Hub } from '../hub.ts'

/**
 * Returns where the notebooks lie that servers of a course find in its image; undefined where they have none from there, or another
 * program shows them.
 */
export async function placeInImage(
  hub: Pick<Hub, 'db' | 'spawner'>,
  course: Course,
): Promise<PlaceInImage | undefined> {
  const { home, program } = course
  if (hub.spawner.errands === undefined || givesCopies(course) || !speaksJupyter(program)) return undefined
  if (home !== undefined && home.from !== 'image') return undefined
  const image = await imageOf(hub.db, course.image)
  if (image === undefined || image.length > 255) return undefined
  // Where there are no images, the name is that of a folder of this machine, or nothing.
  if (hub.spawner.images === undefined) return isAbsolute(image) ? { image, folder: image } : undefined
  return { image, folder: home?.path ?? '' }
}

/** Returns the first of these files of which the course's image has a notebook to read. */
export async function notebookInImage(
  hub: Pick<Hub, 'db' | 'spawner'>,
  course: Course,
  paths: readonly string[],
): Promise<{ place: PlaceInImage; path: string; title: string } | undefined> {
  const place = await placeInImage(hub, course)
  if (place === undefined) return undefined
  for (const path of paths) {
    const title = await titleInImage(hub.db, place, path)
    if (title !== undefined) return { place, path, title }
  }
  return undefined
}
