/** Which images are wanted where. Pure. */
import { parseReference } from '../../image-reference.ts'
import type { ImageUse } from '../../images.ts'
import type { KubernetesOptions } from '../options.ts'
import type { Way } from './daemon-set.ts'
import { type Placement, placementOf } from './placement.ts'

export type OptionsOf = (given: Record<string, unknown> | undefined) => KubernetesOptions

/** An image with the placements of its servers, or with the reason why it can be nowhere. */
export type WantedImage = { image: string; placements: Placement[] } | { image: string; problem: string }

/** The images that one placement needs, and how its nodes get them. */
export interface WantedThere {
  placement: Placement
  images: Map<string, Way>
}

export function wantedImage({ image, uses }: ImageUse, optionsOf: OptionsOf): WantedImage {
  if (parseReference(image) === undefined) {
    return { image, problem: `“${image}” is no name of an image. Correct the image of the course.` }
  }
  try {
    const placements = usesOf(uses).map(({ options, gpu }) => placementOf(optionsOf(options), gpu))
    return { image, placements: [...new Map(placements.map((one) => [one.key, one])).values()] }
  } catch (error) {
    const { message, detail = message } = error as Error & { detail?: string }
    return { image, problem: `Its options are wrong: ${detail}.` }
  }
}

/** Returns what each placement needs of these images. */
export function wantedByPlacement(all: readonly ImageUse[], optionsOf: OptionsOf): Map<string, WantedThere> {
  const wanted = new Map<string, WantedThere>()
  for (const use of all) {
    if ('problem' in wantedImage(use, optionsOf)) continue
    for (const { options, gpu } of usesOf(use.uses)) {
      const own = optionsOf(options)
      const placement = placementOf(own, gpu)
      const there = wanted.get(placement.key) ?? { placement, images: new Map<string, Way>() }
      const way = own.imagePullPolicy === 'Never' ? 'given' : 'fresh'
      if (there.images.get(use.image) !== 'fresh') there.images.set(use.image, way)
      wanted.set(placement.key, there)
    }
  }
  return wanted
}

/** Returns what the servers of an image ask for: where no course is named, what those of a plain course do. */
function usesOf(uses: ImageUse['uses']): ImageUse['uses'] {
  return uses.length > 0 ? uses : [{ options: {}, gpu: false }]
}
