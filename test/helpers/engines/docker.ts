import { randomBytes } from 'node:crypto'
import Docker from 'dockerode'
import { identifyProcess, isAlive } from '../../../net/machine/process-identity.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import type { Installation, Spawner } from '../../../spawners/spawner.ts'
import { imageArchive, type TestImage } from './started.ts'

/** The engine of these tests: the one of DOCKER_HOST, else the one of this machine. */
export const docker = new Docker()

/** Returns why there is no engine, for `requirePart`, or undefined when there is one. */
export async function dockerMissing(): Promise<string | undefined> {
  try {
    await docker.ping()
    return undefined
  } catch {
    return 'no Docker Engine answers (.ci/start-docker starts one, DOCKER_HOST names another)'
  }
}

/** Returns the name of a test image, after loading it into the engine unless the engine has it. */
export async function loadedImage(name: TestImage): Promise<string> {
  const { reference, archive } = await imageArchive(name)
  try {
    await docker.getImage(reference).inspect()
  } catch {
    await new Promise<void>((resolve, reject) => {
      docker.loadImage(archive, {}, (error, stream) => {
        if (error || stream === undefined) return reject(error)
        docker.modem.followProgress(stream, (problem) => (problem ? reject(problem) : resolve()))
      })
    })
  }
  return reference
}

/** Opens a spawner for an installation, by default a new one. `clear` removes all that it has made, through the engine itself. */
export async function openDocker(
  options: DockerOptionsInput = {},
  installation: Installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') },
): Promise<Spawner & { clear(): Promise<void> }> {
  const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
  const spawner = await dockerSpawner(options).open(context)
  return {
    ...spawner,
    clear: () => removeAll([`carrel.installation-id=${installation.id}`]),
  }
}

/** Removes all containers, volumes and networks with a label. Containers that never started keep volumes. */
export async function removeAll(label: string[]): Promise<void> {
  const all = await docker.listContainers({ all: true, filters: { label } })
  await Promise.all(all.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
  const { Volumes } = await docker.listVolumes({ filters: { label } })
  await Promise.all((Volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove()))
  await removeNetworks(label)
}

/** Removes networks by label, which the spawner itself never does. */
export async function removeNetworks(label: string[]): Promise<void> {
  const networks = await docker.listNetworks({ filters: { label } })
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()))
}

/** Makes a closed network whose addresses no other network can have. One that a killed test has left makes way. */
export async function onlyNetwork(name: string, subnet: string): Promise<Docker.Network> {
  const [only, maker] = ['carrel-test.only', 'carrel-test.maker']
  for (const { Id, Labels } of await docker.listNetworks({ filters: { label: [`${only}=${subnet}`] } })) {
    if (await isAlive(JSON.parse(Labels?.[maker] ?? ''))) continue
    const network = docker.getNetwork(Id)
    const { Containers } = await network.inspect()
    for (const id of Object.keys(Containers ?? {})) await docker.getContainer(id).remove({ force: true })
    await network.remove()
  }
  const Labels = { [only]: subnet, [maker]: JSON.stringify(await identifyProcess(process.pid)) }
  return docker.createNetwork({ Name: name, Internal: true, IPAM: { Config: [{ Subnet: subnet }] }, Labels })
}
