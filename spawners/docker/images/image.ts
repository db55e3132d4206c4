import type { ImageInspectInfo } from 'dockerode'
import { parseReference } from '../../image-reference.ts'
import type { StartContext } from '../../spawner.ts'
import { isBuiltHere } from '../builder/own-registry.ts'
import { type Engine, refusedWith } from '../engine.ts'
import type { DockerOptions } from '../options.ts'
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
  if (options.pull !== 'always' || isBuiltHere(image)) {
    if ((await findImage(engine, image, context.signal)) !== undefined) return
    if (isBuiltHere(image)) throw imageMissing(neverFetched(image))
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

/** Returns what is wrong with a name that no image can have. Pure. */
export function misnamed(image: string): string {
  return `"${image}" is not the name of an image. Correct image: registry.example.org/course:1, or course:1.`
}

/** Returns what is wrong where the engine lacks an image that no start fetches. Pure. */
export function neverFetched(image: string): string {
  if (isBuiltHere(image)) {
    return `the engine has no image ${image} any more, which was built there: carrel images build makes it anew.`
  }
  const remedy = `docker pull ${image}, or build it, or let the spawner fetch images (option pull)`
  return `the engine has no image ${image}, and the option pull says never: ${remedy}.`
}

/** Returns the login of the option for the registry of this image, and for no other registry. */
export function loginFor(image: string, { registryAuth }: Pick<DockerOptions, 'registryAuth'>) {
  return registryAuth?.serveraddress === parseReference(image)?.registry ? registryAuth : undefined
}

/** Returns what the engine knows of an image, by name or id; undefined when it lacks the image. */
export async function findImage(
  { docker, request }: Engine,
  image: string,
  signal: AbortSignal,
): Promise<ImageInspectInfo | undefined> {
  try {
    return await request(`look for the image ${image}`, () => docker.getImage(image).inspect(), { signal })
  } catch (error) {
    if (refusedWith(error, 404)) return undefined
    throw error
  }
}

/** Returns the digest of an image at the registry of its name, or the engine's id of one that came from none. Pure. */
export function imageId(
  name: string,
  { Id, RepoDigests }: { Id: string; RepoDigests?: readonly string[] | undefined },
): string {
  const repository = repositoryOf(name)
  const ofName = RepoDigests?.map((one) => one.split('@')).find(([path = '']) => repositoryOf(path) === repository)
  return ofName?.[1] ?? Id
}

/** Returns the repository of an image, with its registry. The engine leaves out `docker.io/library/`. */
function repositoryOf(image: string): string | undefined {
  const reference = parseReference(image)
  const path = reference?.name.replace(/@.*$|:[^/]*$/, '')
  return reference?.registry === 'docker.io' ? path?.replace(/^(docker\.io\/)?(library\/)?/, '') : path
}
