/** Makes images at the engine at which the spawner's servers start. */
import type { Builder } from '../../builder.ts'
import type { DockerContext } from '../context.ts'
import { networkName } from '../labels.ts'
import { networkFor, provideNetwork } from '../network.ts'
import { baseImage } from './base.ts'
import { buildAt, builtHere } from './build.ts'
import { listBuilds, removeBuild } from './kept.ts'
import { ownRegistry } from './own-registry.ts'
import { type BuildPlace, referenceIn } from './place.ts'

export function engineBuilder(docker: DockerContext): Builder {
  const { engine, options, installation } = docker
  const place: BuildPlace = {
    engine,
    installation,
    prefix: `${ownRegistry}/${networkName(installation)}/`,
    fetching: options,
    network: (signal) => networkOfBuilds(docker, signal),
  }
  const built = (name: string, id: string) => ({ reference: referenceIn(place, name), id })
  return {
    referenceOf: (name) => referenceIn(place, name),
    async find(name, { signal }) {
      const id = await builtHere(place, name, signal)
      return id === undefined ? undefined : built(name, id)
    },
    async build(build, context) {
      const id = (await builtHere(place, build.name, context.signal)) ?? (await buildAt(place, build, context))
      return built(build.name, id)
    },
    base: (image, context) => baseImage(place, image, context),
    list: ({ signal }) => listBuilds(place, signal),
    remove: (name, { signal }) => removeBuild(place, name, signal),
  }
}

/**
 * Returns the network of servers that have internet: there a build reaches no server, and no other container. Where the
 * operator has named a network for hub, proxy and servers, builds are on the engine's usual one instead.
 */
export async function networkOfBuilds(docker: NetworkOfBuilds, signal: AbortSignal): Promise<string> {
  const options = { ...docker.options, internet: true }
  if (options.network !== undefined) return 'default'
  const network = networkFor(options, docker.options, docker.installation)
  await provideNetwork({ ...docker, options, network }, signal)
  return network
}

type NetworkOfBuilds = Pick<DockerContext, 'engine' | 'options' | 'installation' | 'memory'>
