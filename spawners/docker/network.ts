/**
 * Makes the spawner's own networks, on which no server reaches another: one for servers with internet, and one for those
 * without. A network that is there already is used. None is removed, except one that this file has just made beside another.
 */
import type { Network, NetworkCreateOptions, NetworkInspectInfo } from 'dockerode'
import type { Installation } from '../spawner.ts'
import type { DockerContext } from './context.ts'
import { type Engine, refusedWith, until } from './engine.ts'
import { installationLabels, networkName, otherNetworkName } from './labels.ts'
import type { DockerOptions } from './options.ts'
import { shared } from './shared.ts'

const icc = 'com.docker.network.bridge.enable_icc'

/** What this file needs of a context. */
export type NetworkContext = Pick<DockerContext, 'engine' | 'options' | 'network' | 'installation'>

/**
 * Returns the network of servers with these options; `usual` are those of the spawner. Most servers have the spawner's own
 * options, and so the network that earlier versions made for all.
 */
export function networkFor(options: DockerOptions, usual: DockerOptions, installation: Installation): string {
  if (options.network !== undefined) return options.network
  if (options.internet === usual.internet) return networkName(installation)
  return otherNetworkName(installation, options.internet)
}

function networkOptions({ options, network, installation }: NetworkContext): NetworkCreateOptions {
  const hasSubnet = network === networkName(installation) && options.subnet !== undefined
  return {
    Name: network,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: !options.internet,
    EnableIPv6: false,
    Options: { [icc]: 'false' },
    Labels: installationLabels(installation),
    ...(hasSubnet && { IPAM: { Driver: 'default', Config: [{ Subnet: options.subnet }] } }),
  }
}

/** How often a maker looks whether another network of the name goes, before its own goes. */
const looks = 8

/** Makes the context's network if there is none, once for all starts at a time. */
export function provideNetwork(
  context: NetworkContext & Pick<DockerContext, 'memory'>,
  signal?: AbortSignal,
): Promise<void> {
  return shared(context.memory.networks, context.network, () => makeNetwork(context), signal)
}

/**
 * Makes the context's network if there is none. Rejects when a network of that name exists with other settings.
 *
 * Engines before 25 make two networks of one name for two requests at once, and may list the older one later. Its
 * maker then sees both, while that of the later one has seen its own alone and uses it already. So a maker removes its
 * own if it is the later one, and also if the other one stays. One with servers on it cannot be removed.
 */
export async function makeNetwork(context: NetworkContext): Promise<void> {
  const { engine, options } = context
  const { docker, request } = engine
  const wanted = networkOptions(context)
  let found: NetworkInspectInfo[] = []
  let made: Network | undefined
  let looked = 0
  const network = await until(options.timeoutSeconds, async () => {
    found = await named(engine, wanted.Name)
    if (found.length === 0) {
      made = await unless([409], () => request(`create the network ${wanted.Name}`, () => docker.createNetwork(wanted)))
      looked = 0
      found = await named(engine, wanted.Name)
    }
    const own = made
    if (found.length > 1 && own !== undefined) {
      looked += 1
      if (found[0]?.Id !== own.id || looked > looks) {
        await unless([403, 404], () => request(`remove the network ${own.id}`, () => own.remove()))
        made = undefined
      }
    }
    return found.length === 1 ? found[0] : undefined
  })
  if (network === undefined) {
    throw new Error(
      `Docker has ${found.length} networks ${wanted.Name}. Remove all but one by their ids: docker network rm ID`,
    )
  }
  assertSame(network, wanted)
}

/** Returns the networks of this name, oldest first, so that all hubs agree which one stays. */
async function named({ docker, request }: Engine, name: string): Promise<NetworkInspectInfo[]> {
  const filters = { name: [`^${name}$`] }
  const found = await request(`list networks`, () => docker.listNetworks({ filters }))
  // The engine leaves out the last zeros of a second's fraction; they are added so that times compare as texts.
  const age = ({ Created, Id }: NetworkInspectInfo) => Created.replace(/Z$/, '').padEnd(29, '0') + Id
  return found.sort((a, b) => (age(a) < age(b) ? -1 : 1))
}

/** Throws when a network differs from the wanted one; the message names the remedy. Pure. */
function assertSame(found: NetworkInspectInfo, wanted: NetworkCreateOptions): void {
  const differences = [
    ...Object.entries(wanted.Labels ?? {}).flatMap(([key, value]) =>
      found.Labels?.[key] === value ? [] : [`its label ${key} is not ${value}`],
    ),
    ...(found.Driver === wanted.Driver ? [] : [`its driver is ${found.Driver}`]),
    ...(found.Options?.[icc] === 'false' ? [] : ['its containers reach each other']),
    ...(found.Internal === wanted.Internal ? [] : [found.Internal ? 'it has no internet' : 'it has internet']),
    ...(wanted.IPAM?.Config?.every(({ Subnet }) => found.IPAM?.Config?.some((one) => one.Subnet === Subnet)) === false
      ? ["its subnet is not the option's"]
      : []),
  ]
  if (differences.length === 0) return
  throw new Error(
    `Docker has a network ${wanted.Name} that is not as this installation wants it: ${differences.join(', ')}. ` +
      `Stop the servers on it and remove it (docker network rm ${wanted.Name}); the next start makes it anew.`,
  )
}

async function unless<T>(statuses: number[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (refusedWith(error, ...statuses)) return undefined
    throw error
  }
}
