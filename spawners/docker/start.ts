/** Makes the container of a run, gets its files ready, and starts it. */
import type { ContainerInspectInfo } from 'dockerode'
import type { SpawnerState } from '../files.ts'
import { readSecretEnv } from '../options/secret-env.ts'
import {
  type Installation,
  type ServerKey,
  type ServerSpec,
  type ServerStatus,
  SpawnError,
  type StartContext,
  type StartedServer,
} from '../spawner.ts'
import { containerOptions } from './container.ts'
import { create, inspect, lastLines, startOne } from './containers.ts'
import type { DockerContext } from './context.ts'
import { type Engine, EngineError, until } from './engine.ts'
import { explained, failed, nameTaken } from './explain.ts'
import { provideBundles } from './files/bundles.ts'
import { userOfImage } from './files/image-user.ts'
import { assertApart } from './files/operator-mounts.ts'
import { assertHome, ownerOf, prepareFiles } from './files/prepare.ts'
import { assertVolumes } from './files/volumes.ts'
import { findImage, imageId, provideImage } from './images/image.ts'
import { afterStart, userInside } from './inside/hooks.ts'
import { containerName, runLabels, runOf } from './labels.ts'
import { provideNetwork } from './network.ts'
import { readSeccomp } from './rights/seccomp.ts'
import { contextFor } from './server-options.ts'
import { settled } from './settled.ts'

/** Starts a run as `Spawner.start` promises. */
export async function start(spawner: DockerContext, spec: ServerSpec, context: StartContext): Promise<StartedServer> {
  const { signal, report, record } = context
  signal.throwIfAborted()
  const docker = contextFor(spawner, spec.options)
  const { id, fresh, adopted } = await explained(signal, () => createOrAdopt(docker, spec, context))
  const state = { id }
  await record(state)
  signal.throwIfAborted()
  report({ phase: 'starting' })
  return explained(signal, async () => {
    if (fresh) {
      await prepare(docker, spec, id, signal)
      await startOnNetwork(docker, id, signal)
    }
    await afterStart(docker, spec, id, signal)
    const url = await serverUrl(docker, spec, id, signal)
    const image = await imageOf(docker, spec, id, signal)
    return { url, state, adopted, ...(image !== undefined && { image }) }
  })
}

/** Gets home and bundles ready. A start that goes on after a kill does it again. */
async function prepare(docker: DockerContext, spec: ServerSpec, id: string, signal: AbortSignal): Promise<void> {
  const { home, bundles, image } = spec
  const owner = ownerOf(containerName(spec), runLabels(docker.installation, spec))
  if (home !== undefined || bundles.length > 0) {
    const user = home && (await userOfImage(docker, image, { ...owner, id }, spec.env, { signal }))
    await prepareFiles(docker, { ...owner, id, image, env: spec.env, user, home, bundles }, { signal })
  }
}

interface CreatedContainer {
  id: string
  /** True while the container has never been started. */
  fresh: boolean
  adopted: boolean
}

async function createOrAdopt(
  docker: DockerContext,
  spec: ServerSpec,
  { signal, report, bundle }: StartContext,
): Promise<CreatedContainer> {
  const { engine, options, installation } = docker
  const name = containerName(spec)
  const earlier = await inspect(engine, name, { signal })
  if (earlier !== undefined) return adopt(earlier, spec, installation)

  // Makes the network again if it is gone: `docker network prune` removes networks without containers.
  if (options.network === undefined) await provideNetwork(docker, signal)
  await provideImage(engine, spec.image, options, { signal, report })
  report({ phase: 'creating' })
  await assertHome(docker, spec, { signal })
  assertApart(options.mounts, docker.dataDir)
  await assertVolumes(engine, options.mounts, { signal })
  const volumes = await provideBundles(docker, spec, spec.image, bundle, { signal })
  const [secrets, seccomp] = await Promise.all([readSecretEnv(options.secretEnv), readSeccomp(options.seccomp)])
  const user = await userInside(docker, spec, { signal })
  const request = containerOptions(docker, spec, { volumes, secrets, seccomp, userInside: user })
  // The engine reserves a name before the container can be inspected, so the slower start may find nothing at first.
  const made = await until(options.timeoutSeconds, async () => {
    // Not broken off: an engine goes on with the request, and would have the container only after the stop that follows.
    const id = await create(engine, name, request, {})
    if (id !== undefined) return { id, fresh: true, adopted: false }
    const others = await inspect(engine, name, { signal })
    return others && adopt(others, spec, installation)
  })
  if (made === undefined) throw nameTaken(`${name} is taken, and nothing is there`)
  signal.throwIfAborted()
  return made
}

function adopt(found: ContainerInspectInfo, spec: ServerSpec, installation: Installation): CreatedContainer {
  const run = runOf(found.Config.Labels, installation)
  if (run?.server !== spec.server || run.run !== spec.run) {
    throw nameTaken(`container ${found.Id} has the name ${containerName(spec)}, but not the labels of this server`)
  }
  if (run.hash !== spec.hash) {
    throw nameTaken(`container ${found.Id} was made from another spec (${run.hash}, now ${spec.hash})`, true)
  }
  return { id: found.Id, fresh: found.State.Status === 'created', adopted: true }
}

/** Starts a container. While two hubs make its network, an engine may have two of its name, until one of them goes. */
async function startOnNetwork({ engine, options }: DockerContext, id: string, signal: AbortSignal): Promise<void> {
  let ambiguous: unknown
  const started = await until(options.timeoutSeconds, async () => {
    try {
      await startOne(engine, id, { signal })
      return true
    } catch (error) {
      if (!(error instanceof EngineError) || !/network .* is ambiguous/.test(error.message)) throw error
      ambiguous = error
      return undefined
    }
  })
  if (started === undefined) throw ambiguous
}

/**
 * Returns the address of a server that was started. The engine chooses the published port when the container starts.
 */
async function serverUrl(docker: DockerContext, key: ServerKey, id: string, signal: AbortSignal): Promise<string> {
  const { engine, options, network } = docker
  if (options.network !== undefined) return `http://${containerName(key)}:${options.port}`
  const url = await until(options.timeoutSeconds, async () => {
    const found = await inspect(engine, id, { signal })
    if (found === undefined) throw new SpawnError(endedAtOnce, { detail: `container ${id} has been removed` })
    const port = found.NetworkSettings.Ports[`${options.port}/tcp`]?.[0]?.HostPort
    const ip = found.NetworkSettings.Networks?.[network]?.IPAddress
    if (found.State.Running && options.internet && port) return `http://127.0.0.1:${port}`
    if (found.State.Running && !options.internet && ip) return `http://${ip}:${options.port}`
    const status = await statusOf(engine, found)
    if (status.state === 'running' || status.state === 'pending') return undefined
    throw new SpawnError(endedAtOnce, { detail: `container ${id}: ${JSON.stringify(status)}` })
  })
  if (url === undefined)
    throw new SpawnError(failed, { detail: `container ${id} runs, but the engine names no address of it` })
  return url
}

/** Returns the digest or id of the image that a container runs, whatever its name means by now. */
async function imageOf(
  { engine }: DockerContext,
  { image }: ServerSpec,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await inspect(engine, id, { signal })
  return found && imageId(image, (await findImage(engine, found.Image, signal)) ?? { Id: found.Image })
}

/** Returns the status of a container, with its cause and last lines where it has ended. */
export async function statusOf(
  engine: Engine,
  found: Pick<ContainerInspectInfo, 'Id' | 'State'>,
): Promise<ServerStatus> {
  const status = await settled(engine, found)
  if (status.state !== 'exited') return status
  const lines = await lastLines(engine, found.Id)
  return lines === undefined ? status : { ...status, lines }
}

/** Returns the recorded id, which stays when a container is renamed. Without a record, returns the name. */
export function objectOf(key: ServerKey, state: SpawnerState | undefined): string {
  return typeof state?.id === 'string' && /^[0-9a-f]{64}$/.test(state.id) ? state.id : containerName(key)
}

const endedAtOnce = 'Your notebook ended as soon as it had started.'
