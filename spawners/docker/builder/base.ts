import { type BaseImage, type BuildContext, BuildError } from '../../builder.ts'
import type { SpawnError } from '../../spawner.ts'
import { findImage, imageId, provideImage } from '../images/image.ts'
import { refusalRemedy } from '../images/pull.ts'
import type { BuildPlace } from './place.ts'

/** Returns what a Dockerfile must know of the image that it begins with, which is fetched where the engine lacks it. */
export async function baseImage(
  { engine, fetching }: BuildPlace,
  image: string,
  { signal, report }: BuildContext,
): Promise<BaseImage> {
  try {
    await provideImage(engine, image, fetching, {
      signal,
      report: ({ percent }) => report({ line: `Fetching ${image}${percent === undefined ? '' : `: ${percent} %`}` }),
    })
  } catch (error) {
    signal.throwIfAborted()
    const { lasts, message, detail = message } = error as SpawnError
    if (lasts) throw new BuildError(`The image ${image} is not there: ${detail}. ${refusalRemedy}.`, { cause: error })
    throw new Error(`The image ${image} could not be fetched: ${detail}. Build it again when the registry answers.`, {
      cause: error,
    })
  }
  const found = await findImage(engine, image, signal)
  if (found === undefined) throw new Error(`The image ${image} was removed from the engine`)
  const { User, WorkingDir, Entrypoint, Cmd } = found.Config
  return {
    image,
    id: imageId(image, found),
    user: User || '0',
    folder: WorkingDir || '/',
    entrypoint: [Entrypoint ?? []].flat(),
    command: Cmd ?? [],
  }
}
