/**
 * Starts servers as containers of a Docker Engine.
 *
 * A container's name is made of server and run, so the engine itself makes sure that two starts of one run make one
 * container. Its labels say to which installation, server and run it belongs. A container with other labels is never
 * touched.
 */
import type { ContainerInspectInfo } from 'dockerode'
import { readSettings } from '../../net/settings/read.ts'
import type { SpawnerState } from '../files.ts'
import {
  type Installation,
  type ServerKey,
  type ServerSpec,
  type ServerStatus,
  SpawnError,
  type Spawner,
  type SpawnerPlugin,
  type StartContext,
  type StartedServer,
} from '../spawner.ts'
import { checkImages } from './check.ts'
import { containerName, containerOptions, labelFilters, networkName, runOf } from './container.ts'
import { create, inspect, lastLines, listLabelled, removeOne, startOne } from './containers.ts'
import { assertUsable, connect, type Engine, EngineError, until } from './engine.ts'
import { provideImage } from './image.ts'
import { provideNetwork } from './network.ts'
import { type DockerOptions, type DockerOptionsInput, dockerOptions } from './options.ts'
import { imageMissing } from './pull.ts'
import { containerStatus } from './status.ts'

/** Makes the plug-in that starts servers as containers; see `options.ts` for the options. */
export function dockerSpawner(input: DockerOptionsInput = {}): SpawnerPlugin {
  const { settings: options, refusal } = readSettings(dockerOptions, input)
  if (refusal !== undefined) return { name: 'docker', refusal, open: () => Promise.reject(refusal) }
  return {
    name: 'docker',
    settings: () => ({ given: input, effective: options }),
    check: (context) => checkImages(options, context),
    async open({ installation }) {
      const engine = connect(options)
      await assertUsable(engine, options.network)
      if (options.network === undefined) await provideNetwork(engine, options, installation)
      return openDocker({ engine, options, installation })
    },
  }
}

/** The values that the functions of this file share. */
interface DockerContext {
  engine: Engine
  options: DockerOptions
  installation: Installation
}

function openDocker(docker: DockerContext): Spawner {
  const { engine, options, installation } = docker
  return {
    keepsFiles: false,

    unreachable:
      options.network === undefined
        ? "Docker publishes a server's port on 127.0.0.1 of its own machine: hub and proxy must run on that machine and outside of containers (or with --network host), or share a network with the servers, named by the spawner's option network."
        : `Servers are reached by name on Docker's network ${options.network}: hub and proxy must be containers on it.`,

    ...(engine.url !== undefined && { controlUrls: [engine.url] }),

    folderOf: ({ path }) => path,

    listen: () => ({ port: options.port }),

    start: (spec, context) => start(docker, spec, context),

    async poll(key, state) {
      const found = await inspect(engine, objectOf(key, state))
      const run = found && runOf(found.Config.Labels, installation)
      if (found === undefined || run?.server !== key.server || run.run !== key.run) return { state: 'gone' }
      return withLastLines(engine, found.Id, containerStatus(found.State))
    },

    async stop(key, _state, { graceSeconds, signal }) {
      const all = await listLabelled(engine, labelFilters(installation, key.server), { signal })
      const ours = all.filter(({ Labels }) => (runOf(Labels, installation)?.run ?? Number.POSITIVE_INFINITY) <= key.run)
      const ends = await Promise.allSettled(ours.map(({ Id }) => removeOne(engine, Id, graceSeconds, { signal })))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },

    async list() {
      const all = await listLabelled(engine, labelFilters(installation))
      return all.flatMap(({ Id, Names, Labels, State }) => {
        const run = runOf(Labels, installation)
        const running = ['running', 'paused', 'restarting'].includes(State)
        return run === undefined ? [] : [{ ...run, name: Names[0]?.replace(/^\//, '') ?? Id, running }]
      })
    },
  }
}

async function start(docker: DockerContext, spec: ServerSpec, context: StartContext): Promise<StartedServer> {
  const { signal, report, record } = context
  signal.throwIfAborted()
  const { id, fresh, adopted } = await explained(signal, () => createOrAdopt(docker, spec, context))
  const state = { id }
  await record(state)
  signal.throwIfAborted()
  report({ phase: 'starting' })
  const url = await explained(signal, async () => {
    if (fresh) await startOne(docker.engine, id, { signal })
    return serverUrl(docker, spec, id, signal)
  })
  return { url, state, adopted }
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
  { signal, report }: StartContext,
): Promise<CreatedContainer> {
  const { engine, options, installation } = docker
  const name = containerName(spec)
  const earlier = await inspect(engine, name, { signal })
  if (earlier !== undefined) return adopt(earlier, spec, installation)

  // Makes the network again if it is gone: `docker network prune` removes networks without containers.
  if (options.network === undefined) await provideNetwork(engine, options, installation, { signal })
  await provideImage(engine, spec.image, options, { signal, report })
  report({ phase: 'creating' })
  const request = containerOptions(options, installation, spec)
  // The engine reserves a name before the container can be inspected, so the slower start may find nothing at first.
  const made = await until(options.timeoutSeconds, async () => {
    const id = await create(engine, name, request, { signal })
    if (id !== undefined) return { id, fresh: true, adopted: false }
    const others = await inspect(engine, name, { signal })
    return others && adopt(others, spec, installation)
  })
  if (made === undefined) throw nameTaken(`${name} is taken, and nothing is there`)
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

/**
 * Returns the address of a server that was started. The engine chooses the published port when the container starts.
 */
async function serverUrl(docker: DockerContext, key: ServerKey, id: string, signal: AbortSignal): Promise<string> {
  const { engine, options, installation } = docker
  if (options.network !== undefined) return `http://${containerName(key)}:${options.port}`
  const url = await until(options.timeoutSeconds, async () => {
    const found = await inspect(engine, id, { signal })
    if (found === undefined) throw new SpawnError(endedAtOnce, { detail: `container ${id} has been removed` })
    const port = found.NetworkSettings.Ports[`${options.port}/tcp`]?.[0]?.HostPort
    const ip = found.NetworkSettings.Networks?.[networkName(installation)]?.IPAddress
    if (found.State.Running && options.internet && port) return `http://127.0.0.1:${port}`
    if (found.State.Running && !options.internet && ip) return `http://${ip}:${options.port}`
    const status = await withLastLines(engine, id, containerStatus(found.State))
    if (status.state === 'running' || status.state === 'pending') return undefined
    throw new SpawnError(endedAtOnce, { detail: `container ${id}: ${JSON.stringify(status)}` })
  })
  if (url === undefined)
    throw new SpawnError(failed, { detail: `container ${id} runs, but the engine names no address of it` })
  return url
}

async function withLastLines(engine: Engine, id: string, status: ServerStatus): Promise<ServerStatus> {
  if (status.state !== 'exited') return status
  const lines = await lastLines(engine, id)
  return lines === undefined ? status : { ...status, lines }
}

/** Returns the recorded id, which stays when a container is renamed. Without a record, returns the name. */
function objectOf(key: ServerKey, state: SpawnerState | undefined): string {
  return typeof state?.id === 'string' && /^[0-9a-f]{64}$/.test(state.id) ? state.id : containerName(key)
}

const failed = 'Your notebook could not be started.'
const endedAtOnce = 'Your notebook ended as soon as it had started.'
const silent = 'The machine that runs the notebooks does not answer.'

function nameTaken(detail: string, otherSpec = false): SpawnError {
  return new SpawnError('Your notebook could not be started: something else has its name.', { detail, otherSpec })
}

/** Turns an engine's error into a `SpawnError` whose message a learner may read. */
async function explained<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EngineError)) throw error
    const imageGone = error.status === 404 && /no such image/i.test(error.message)
    if (imageGone) throw imageMissing(error.message, error)
    throw new SpawnError(error.status === undefined ? silent : failed, { detail: error.message, cause: error })
  }
}
