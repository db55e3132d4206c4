import { parseReference } from '../image-reference.ts'
import type { StartContext } from '../spawner.ts'
import { type Engine, refusedWith } from './engine.ts'
import type { DockerOptions } from './options.ts'
import { imageMissing, pull } from './pull.ts'

/** Makes sure that the engine has the image; the option `pull` decides when it is fetched. */
export async function provideImage(
  engine: Engine,
  image: string,
  options: Pick<DockerOptions, 'pull' | 'registryAuth' | 'timeoutSeconds'>,
  context: Pick<StartContext, 'signal' | 'report'>,
): Promise<void> {
  const reference = parseReference(image)
  if (reference === undefined) {
    throw imageMissing(`"${image}" is not an image name`)
  }
  if (options.pull !== 'always') {
    if (await hasImage(engine, image, context.signal)) return
    if (options.pull === 'never') {
      throw imageMissing(`the engine has no image ${image}, and the option pull says never`)
    }
  }
  await pull(
    engine,
    { name: reference.name, authconfig: loginFor(image, options), stallSeconds: options.timeoutSeconds },
    context,
  )
}

/** Returns the login of the option for the registry of this image, and for no other registry. */
export function loginFor(image: string, { registryAuth }: Pick<DockerOptions, 'registryAuth'>) {
  return registryAuth?.serveraddress === parseReference(image)?.registry ? registryAuth : undefined
}

/** Says whether the engine itself has the image. */
export async function hasImage(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.request(`look for the image ${image}`, () => engine.docker.getImage(image).inspect(), { signal })
    return true
  } catch (error) {
    if (refusedWith(error, 404)) return false
    throw error
  }
}
