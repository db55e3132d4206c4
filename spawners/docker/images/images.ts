/** The images of the engine, which is the one place from which servers start. */
import { inParallel } from '../../../net/in-parallel.ts'
import { parseReference } from '../../image-reference.ts'
import type { BringProgress, FoundImage, Images, ImageUse } from '../../images.ts'
import { isBuiltHere } from '../builder/own-registry.ts'
import type { DockerContext } from '../context.ts'
import { soundSettings } from '../server-options.ts'
import { findImage, imageId, loginFor, misnamed, neverFetched } from './image.ts'
import { pull, whyNotFetched } from './pull.ts'

/** How many images are looked for at the same time, and how many are fetched. */
const atOnce = { find: 8, bring: 2 }

const here = { having: 1, all: 1 }
const nowhere = { having: 0, all: 1 }

export function engineImages(docker: DockerContext): Images {
  return {
    find: (images, { signal }) => inOrder(images, atOnce.find, (use) => find(docker, use, signal), signal),
    bring: (images, { signal, report }) =>
      inOrder(images, atOnce.bring, (use) => bring(docker, use, signal, report), signal),
  }
}

/** Returns what `act` says of each image, in the order of the images. */
async function inOrder(
  images: readonly ImageUse[],
  most: number,
  act: (use: ImageUse) => Promise<FoundImage>,
  signal: AbortSignal,
): Promise<FoundImage[]> {
  signal.throwIfAborted()
  const found: FoundImage[] = []
  await inParallel(most, [...images.entries()], async ([at, use]) => {
    signal.throwIfAborted()
    found[at] = await act(use)
  })
  return found
}

async function find(docker: DockerContext, use: ImageUse, signal: AbortSignal): Promise<FoundImage> {
  const { image } = use
  if (parseReference(image) === undefined) return { image, places: nowhere, problem: misnamed(image) }
  const found = await findImage(docker.engine, image, signal)
  if (found !== undefined) return { image, places: here, id: imageId(image, found) }
  const problem = isFetched(docker, use)
    ? `the engine has no image ${image}: it is fetched by the first start, or now by carrel images pull.`
    : neverFetched(image)
  return { image, places: nowhere, problem }
}

async function bring(
  docker: DockerContext,
  use: ImageUse,
  signal: AbortSignal,
  report: (progress: BringProgress) => void,
): Promise<FoundImage> {
  const { image } = use
  const reference = parseReference(image)
  const before = await find(docker, use, signal)
  // What a digest names never changes.
  const isLasting = image.includes('@') && before.places.having > 0
  if (reference === undefined || isLasting || !isFetched(docker, use)) {
    report({ image, places: before.places })
    return before
  }
  const { engine, options } = docker
  const request = {
    name: reference.name,
    authconfig: loginFor(image, options),
    stallSeconds: options.timeoutSeconds,
  }
  try {
    await pull(engine, request, {
      signal,
      report: ({ percent }) => report({ image, places: before.places, ...(percent !== undefined && { percent }) }),
    })
  } catch (error) {
    signal.throwIfAborted()
    return { ...(await find(docker, use, signal)), problem: whyNotFetched(error, before.places.having > 0) }
  }
  const after = await find(docker, use, signal)
  report({ image, places: after.places })
  return after
}

/** Says whether starts of one of the courses would fetch the image. One of no course is fetched as the spawner says. */
function isFetched({ options }: DockerContext, { image, uses }: ImageUse): boolean {
  if (isBuiltHere(image)) return false
  const policies = uses.map((use) => (soundSettings(options, use.options) ?? options).pull)
  return (policies.length > 0 ? policies : [options.pull]).some((policy) => policy !== 'never')
}
