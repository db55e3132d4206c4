import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import type { Installation, ServerSpec, Spawner, StartContext } from '../../../spawners/spawner.ts'
import { noBundle } from '../no-bundle.ts'

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

/** An image of `test/images`; what each of them is stands there. */
export type TestImage = 'tiny' | 'jupyter' | 'plain' | 'other' | 'root' | 'dropping'

/** Builds an image of `test/images` unless it was built before, and returns its reference and archive. */
export async function imageArchive(name: TestImage): Promise<{ reference: string; archive: string }> {
  const build = fileURLToPath(new URL('../../images/build', import.meta.url))
  const { stdout } = await promisify(execFile)(build, [name])
  const [reference, archive] = stdout.trim().split(' ')
  if (reference === undefined || archive === undefined) throw new Error(`test/images/build ${name} named no image`)
  return { reference, archive }
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

/** Returns a new name of an installation, for a config file of a test. */
export const testInstallation = (): string => `carrel-test-${randomBytes(4).toString('hex')}`

/** Returns the spec of the first run of a new server. */
export function newSpec(image: string, command: string[], more: Partial<ServerSpec> = {}): ServerSpec {
  const server = randomBytes(8).toString('hex')
  const common = { course: 'demo', user: 'ann', env: {}, limits: {}, gpu: false, bundles: [] }
  return { server, run: 1, hash: `hash-${server}`, image, command, ...common, ...more }
}

/** Returns the context of a start that is never aborted and whose record always succeeds. `more` changes parts. */
export function startContext(more: Partial<StartContext> = {}): StartContext {
  return {
    signal: new AbortController().signal,
    report: () => undefined,
    record: async () => undefined,
    bundle: noBundle,
    ...more,
  }
}

/** The program of the tiny image that answers on its port. */
export const webServer = ['httpd', '-f', '-p', '8888', '-h', '/www']
