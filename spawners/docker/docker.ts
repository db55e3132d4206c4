/**
 * Starts servers as containers of a Docker Engine.
 *
 * A container's name is made of server and run, so the engine itself makes sure that two starts of one run make one
 * container. Its labels say to which installation, server and run it belongs. A container with other labels is never
 * touched.
 */
import type { ContainerInfo } from 'dockerode'
import { readSettings } from '../../net/settings/read.ts'
import type { FoundServer, Spawner, SpawnerPlugin } from '../spawner.ts'
import { engineBuilder } from './builder/builder.ts'
import { checkImages } from './check.ts'
import { inspect, lastLines, listLabelled, removeLabelled } from './containers.ts'
import type { DockerContext } from './context.ts'
import { assertUsable, connect } from './engine.ts'
import { containerErrands } from './errands.ts'
import { volumeBundles } from './files/bundles.ts'
import { assertDriver, enforcesSize, volumeHomes } from './files/homes.ts'
import { assertApart } from './files/operator-mounts.ts'
import { engineImages } from './images/images.ts'
import { beforeStop } from './inside/hooks.ts'
import { containerName, isPart, label, labelFilters, runOf } from './labels.ts'
import { watchMemoryKills } from './memory-kills.ts'
import { memoryOfContainers } from './memory-use.ts'
import { networkFor, provideNetwork } from './network.ts'
import { type DockerOptionsInput, dockerOptions } from './options.ts'
import { serverOptions } from './server-options.ts'
import { objectOf, start, statusOf } from './start.ts'
import { hasProcesses } from './status.ts'

/** Makes the plug-in that starts servers as containers; see `options.ts` for the options. */
export function dockerSpawner(input: DockerOptionsInput = {}): SpawnerPlugin {
  const { settings: options, refusal } = readSettings(dockerOptions, input)
  if (refusal !== undefined) return { name: 'docker', refusal, open: () => Promise.reject(refusal) }
  return {
    name: 'docker',
    settings: () => ({ given: input, effective: options }),
    homes: { enforcesSize: enforcesSize(options) },
    builds: true,
    serverOptions: serverOptions(options),
    check: (context) => checkImages(options, context),
    async open({ installation, dataDir, warn }) {
      assertApart(options.mounts, dataDir)
      const engine = connect(options)
      await assertUsable(engine, options.network)
      await assertDriver(engine, options)
      const memory = { users: new Map(), bundles: new Map(), filling: new Map(), networks: new Map(), images: [] }
      const network = networkFor(options, options, installation)
      const docker = { engine, options, network, installation, dataDir, memory, warn }
      if (options.network === undefined) await provideNetwork(docker)
      return openDocker(docker)
    },
  }
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
      return statusOf(engine, found)
    },

    async lastLines(key, state, signal) {
      const found = await inspect(engine, objectOf(key, state), { signal })
      const run = found && runOf(found.Config.Labels, installation)
      if (found === undefined || run?.server !== key.server || run.run !== key.run) return []
      return (await lastLines(engine, found.Id, { tail: 50, signal })) ?? []
    },

    async stop(key, _state, { graceSeconds, signal }) {
      const began = performance.now()
      await beforeStop(docker, key, graceSeconds, signal)
      const tookSeconds = (performance.now() - began) / 1000
      const left = Math.max(Math.min(1, graceSeconds), Math.ceil(graceSeconds - tookSeconds))
      const graceOf = ({ Labels }: ContainerInfo) => {
        const { run } = runOf(Labels, installation) ?? {}
        if (run === undefined || run > key.run) return
        return isPart(Labels) ? 0 : left
      }
      await removeLabelled(engine, labelFilters(installation, `${label.server}=${key.server}`), graceOf, { signal })
    },

    async list() {
      const all = await listLabelled(engine, labelFilters(installation, label.server))
      // A part alone, without its server, is found under the server's name: the stop of the server removes it.
      const serversFirst = all.sort((a, b) => Number(isPart(a.Labels)) - Number(isPart(b.Labels)))
      const found = new Map<string, FoundServer>()
      for (const { Id, Names, Labels, State } of serversFirst) {
        const run = runOf(Labels, installation)
        const name = Names[0]?.replace(/^\//, '') ?? Id
        if (run === undefined || found.has(containerName(run))) continue
        found.set(containerName(run), { ...run, name, running: hasProcesses(State) && !isPart(Labels) })
      }
      return [...found.values()]
    },

    homes: volumeHomes(docker),
    errands: containerErrands(docker),
    bundles: volumeBundles(docker),
    images: engineImages(docker),
    builder: engineBuilder(docker),

    memoryOf: (runs) => memoryOfContainers(engine, runs),

    watchMemory: (options) => void watchMemoryKills(docker, options),
  }
}
