/** Images of the fake spawners: a registry and some engines that only pretend, in the world of the test. */
import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { BringProgress, FoundImage, Images, ImageUse } from '../../../spawners/images.ts'

export interface FakeImages {
  /** The id of each image that the registry has. */
  registry: Map<string, string>
  /** What each engine has. */
  engines: Map<string, string>[]
  /** How often the registry was asked. */
  asked: number
  /** `bring` waits for this in the midst of each image. */
  midway?: Promise<unknown> | undefined
  /** `find` and `bring` reject with this. */
  error?: Error | undefined
  /** What was asked of `find` and `bring`, in order. */
  found: ImageUse[][]
  brought: ImageUse[][]
  /** `keep` rejects with this. */
  keepError?: Error
  /** What was last said to be needed. */
  kept?: string[]
}

/** What a spawner does with images, an image at a time, so that it can be asked from another process. */
export interface ImageActs {
  findImages(images: readonly ImageUse[]): Promise<FoundImage[]>
  beginBringing(images: readonly ImageUse[]): Promise<void>
  bringImage(image: string): Promise<FoundImage>
  imageId(image: string): Promise<string | undefined>
  keepImages(images: string[]): Promise<void>
}

export const imageActNames = ['findImages', 'beginBringing', 'bringImage', 'imageId', 'keepImages'] as const

export function createFakeImages(engines = 1): FakeImages {
  const all = Array.from({ length: engines }, () => new Map<string, string>())
  return { registry: new Map(), engines: all, asked: 0, found: [], brought: [] }
}

/** Returns the id of an image that holds this text. */
export function fakeId(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

export function imageActs(world: { images?: FakeImages | undefined }, events: EventEmitter): ImageActs {
  const its = () => {
    if (world.images === undefined) throw new Error('this world has no images')
    if (world.images.error !== undefined) throw world.images.error
    return world.images
  }
  const look = (image: string): FoundImage => {
    const { engines } = its()
    const ids = engines.flatMap((engine) => engine.get(image) ?? [])
    const places = { having: ids.length, all: engines.length }
    if (ids[0] === undefined) {
      return { image, places, problem: `No engine has the image ${image}. Fetch it: carrel images pull.` }
    }
    return { image, id: ids[0], places }
  }
  return {
    async findImages(images) {
      its().found.push([...images])
      return images.map(({ image }) => look(image))
    },
    async beginBringing(images) {
      its().brought.push([...images])
    },
    async bringImage(image) {
      const { registry, engines } = its()
      its().asked += 1
      events.emit('bringing-image', image)
      await its().midway
      const id = registry.get(image)
      if (id === undefined) {
        return { ...look(image), problem: `The registry does not know ${image}. Correct the name in the config.` }
      }
      for (const engine of engines) engine.set(image, id)
      events.emit('image-there', image)
      return look(image)
    },
    async keepImages(images) {
      const { keepError } = its()
      if (keepError !== undefined) throw keepError
      its().kept = images
    },
    async imageId(image) {
      return world.images?.engines.map((engine) => engine.get(image)).find((id) => id !== undefined)
    },
  }
}

/** Returns the part of a spawner that the contract names. */
export function imagesBy(
  act: ImageActs,
  unlessAborted: <T>(work: Promise<T>, signal: AbortSignal | undefined) => Promise<T>,
): Images {
  return {
    find: (images, { signal }) => unlessAborted(act.findImages(images), signal),
    keep: (images, { signal }) => unlessAborted(act.keepImages(images.map(({ image }) => image)), signal),
    async bring(images, { signal, report }) {
      signal.throwIfAborted()
      await act.beginBringing(images)
      const bringing = images.map(async ({ image }) => {
        const tell = ({ places }: FoundImage, percent?: number) =>
          report({ image, places, ...(percent !== undefined && { percent }) } satisfies BringProgress)
        const [before] = await unlessAborted(act.findImages([{ image, uses: [] }]), signal)
        if (before !== undefined) tell(before, 0)
        const found = await unlessAborted(act.bringImage(image), signal)
        tell(found, 100)
        return found
      })
      return Promise.all(bringing)
    },
  }
}
