/** The images that are offered to people who make a course. */
import { allowsImage, listedImages, type OfferedImage } from '../../courses/making/terms.ts'
import { kept } from '../../words/kept.ts'
import type { Hub } from '../hub.ts'

/** Returns the images that the operator's terms name, and those that courses of the config use. */
export function offeredImages({ config: { courseMaking }, courses }: Pick<Hub, 'config' | 'courses'>): OfferedImage[] {
  const ofConfig = [...courses.images].filter((image) => !allowsImage(courseMaking, image))
  return [...listedImages(courseMaking), ...ofConfig.map((image) => ({ name: image, image }))]
}

/**
 * Returns the definition with an image, where it says none and the list leaves no doubt: the one that is called as the course,
 * else the only one.
 */
export function withOfferedImage(hub: Hub, definition: Record<string, unknown>, slug: string): Record<string, unknown> {
  if (Object.hasOwn(definition, 'image')) return definition
  const offered = offeredImages(hub)
  const own = offered.find(({ name, image }) => [name.toLowerCase(), image, image.replace(/^@/, '')].includes(slug))
  const image = own?.image ?? (offered.length === 1 ? offered[0]?.image : undefined)
  return image === undefined ? definition : { ...definition, image }
}

/** Returns what to say of a definition without an image. */
export function missingImage(hub: Hub): string {
  const names = offeredImages(hub).map(({ image }) => `"${image}"`)
  const some = names.length > 10 ? [...names.slice(0, 10), '…'] : names
  return some.length === 0 ? kept`is missing` : kept`is missing: name one of ${some.join(', ')}`
}
