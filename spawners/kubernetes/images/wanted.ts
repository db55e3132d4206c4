/** Which images are wanted where. Pure. */
import { parseReference } from '../../image-reference.ts'
import type { ImageUse } from '../../images.ts'
import { imagesBeside } from '../beside/together.ts'
import type { KubernetesOptions } from '../options.ts'
import type { Way } from './daemon-set.ts'
import { type NodeImage, together } from './node-image.ts'
import { type Placement, placementOf } from './placement.ts'
import { type NodePlace, placesOf, type Seen } from './seen.ts'

export type OptionsOf = (given: Record<string, unknown> | undefined) => KubernetesOptions

/** An image with the placements of its servers, or with the reason why it can be nowhere. */
export type WantedImage = PlacedImage | { image: string; problem: string }

export interface PlacedImage {
  image: string
  placements: FullPlacement[]
}

/** A placement, with all images that servers need there: theirs, and those of the containers beside them. */
export interface FullPlacement extends Placement {
  images: readonly string[]
}

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
    const placements = usesOf(uses).map(({ options, gpu }): FullPlacement => {
      const own = optionsOf(options)
      const images = [...new Set([image, ...imagesBeside(own).keys()])]
      return { ...placementOf(own, gpu), images }
    })
    return { image, placements: [...new Map(placements.map((one) => [`${one.key} ${one.images}`, one])).values()] }
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
      for (const [image, its] of [[use.image, way] as const, ...imagesBeside(own)]) {
        if (there.images.get(image) !== 'fresh') there.images.set(image, its)
      }
      wanted.set(placement.key, there)
    }
  }
  return wanted
}

/**
 * Returns what each node has of an image and of those beside it, as one. `look` tells what a node has of one image, and
 * `merge` which of two placements on the same node is right about it.
 */
export function statesByNode(
  { image, placements }: PlacedImage,
  seen: Seen,
  look: (image: string, place: NodePlace, placement: Placement) => NodeImage,
  merge: (known: NodeImage, other: NodeImage) => NodeImage,
): Map<string, NodeImage> {
  const byNode = new Map<string, Map<string, NodeImage>>()
  for (const placement of placements) {
    for (const place of placesOf(seen, placement)) {
      const own = byNode.get(place.name) ?? new Map<string, NodeImage>()
      for (const one of placement.images) {
        const state = look(one, place, placement)
        const known = own.get(one)
        own.set(one, known === undefined ? state : merge(known, state))
      }
      byNode.set(place.name, own)
    }
  }
  return new Map([...byNode].map(([node, own]) => [node, together(image, own)]))
}

/** Returns what the servers of an image ask for: where no course is named, what those of a plain course do. */
function usesOf(uses: ImageUse['uses']): ImageUse['uses'] {
  return uses.length > 0 ? uses : [{ options: {}, gpu: false }]
}
