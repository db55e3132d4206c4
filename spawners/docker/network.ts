/**
 * Makes the spawner's own network, on which no server reaches another. A network that is there already is used. None is
 * removed, except one that this file has just made beside another.
 */
import type { Network, NetworkCreateOptions, NetworkInspectInfo } from 'dockerode'
import type { Installation } from '../spawner.ts'
import { type Engine, type RequestTimes, refusedWith, until } from './engine.ts'
import { label, networkName } from './labels.ts'
import type { DockerOptions } from './options.ts'

const icc = 'com.docker.network.bridge.enable_icc'

function networkOptions(options: DockerOptions, installation: Installation): NetworkCreateOptions {
  return {
    Name: networkName(installation),
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: !options.internet,
    EnableIPv6: false,
    Options: { [icc]: 'false' },
    Labels: { [label.installation]: installation.name, [label.installationId]: installation.id },
    ...(options.subnet !== undefined && { IPAM: { Driver: 'default', Config: [{ Subnet: options.subnet }] } }),
  }
}

/** How often a maker looks whether another network of the name goes, before its own goes. */
const looks = 8

/**
 * Makes the network if there is none. Rejects when a network of that name exists with other settings.
 *
 * Engines before 25 make two networks of one name for two requests at once, and may list the older one later. Its
 * maker then sees both, while that of the later one has seen its own alone and uses it already. So a maker removes its
 * own if it is the later one, and also if the other one stays. One with servers on it cannot be removed.
 */
export async function provideNetwork(
  engine: Engine,
  options: DockerOptions,
  installation: Installation,
  limits?: RequestTimes,
): Promise<void> {
  const { docker, request } = engine
  const wanted = networkOptions(options, installation)
  let found: NetworkInspectInfo[] = []
  let made: Network | undefined
  let looked = 0
  const network = await until(options.timeoutSeconds, async () => {
    found = await named(engine, wanted.Name, limits)
    if (found.length === 0) {
      made = await unless([409], () =>
        request(`create the network ${wanted.Name}`, () => docker.createNetwork(wanted), limits),
      )
      looked = 0
      found = await named(engine, wanted.Name, limits)
    }
    const own = made
    if (found.length > 1 && own !== undefined) {
      looked += 1
      if (found[0]?.Id !== own.id || looked > looks) {
        await unless([403, 404], () => request(`remove the network ${own.id}`, () => own.remove(), limits))
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
async function named({ docker, request }: Engine, name: string, limits?: RequestTimes): Promise<NetworkInspectInfo[]> {
  const filters = { name: [`^${name}$`] }
  const found = await request(`list networks`, () => docker.listNetworks({ filters }), limits)
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
