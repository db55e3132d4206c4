/**
 * Starts servers as pods of a Kubernetes cluster.
 *
 * A pod is made with a scheduling gate, which keeps it from starting until its uid is in the database; then the gate is
 * removed. Hub and proxy connect to the addresses of pods, so both must run on a node or in a pod.
 * `examples/kubernetes/README.md` lists the rights that the hub needs.
 */
import { KubeConfig } from '@kubernetes/client-node'
import { readSettings } from '../../net/settings/read.ts'
import { optionsFor, type SpawnerOptions, serverOptionsOf } from '../options/server-options.ts'
import type { Installation, Spawner, SpawnerPlugin } from '../spawner.ts'
import { openPodApi, type PodApi } from './api/api.ts'
import { unlimited } from './beside/together.ts'
import { checkPods, withoutLimit } from './check.ts'
import { recordedGate, serverContainer } from './container.ts'
import { lastLinesOf, removePod } from './end.ts'
import { podErrands } from './errands.ts'
import { mappedBundles } from './files/bundles.ts'
import { claimedHomes, requireClaim } from './files/homes.ts'
import { nodeImages } from './images/images.ts'
import { isLabelValue, labelSelector, podName, tagOf } from './labels.ts'
import { podMemory } from './memory.ts'
import {
  besideNames,
  type KubernetesOptions,
  type KubernetesOptionsInput,
  kubernetesOptions,
  serverOptionNames,
} from './options.ts'
import { buildPod } from './pod.ts'
import { checkRights } from './rights.ts'
import { makeOrAdopt, patiently, untilStarted } from './start.ts'
import { podStatus, urlOf } from './status.ts'

export function kubernetesSpawner(input: KubernetesOptionsInput = {}): SpawnerPlugin {
  const { settings: options, refusal } = readSettings(kubernetesOptions, input)
  if (refusal !== undefined) return { name: 'kubernetes', refusal, open: () => Promise.reject(refusal) }
  const names = { names: serverOptionNames, beside: besideNames }
  const serverOptions = { schema: kubernetesOptions, settings: options, ...names }
  return {
    name: 'kubernetes',
    serverOptions: serverOptionsOf(serverOptions),
    settings: () => ({ given: input, effective: options }),
    homes: { enforcesSize: options.homes.enforcesSize },
    check: (context) => checkPods(serverOptions, context, async () => openApi(options)),
    async open({ installation, warn }) {
      if (![installation.name, installation.id].every(isLabelValue)) {
        throw new Error("the installation's name and id must be fit for Kubernetes' labels")
      }
      const greedy = unlimited(options)
      if (greedy.length > 0) warn(`nothing says ${withoutLimit(greedy)}`)
      const { api, server } = openApi(options)
      try {
        await checkRights(api, warn)
      } catch (error) {
        await api.close()
        throw error
      }
      return spawnerOf(api, installation, serverOptions, server)
    },
  }
}

function openApi(options: KubernetesOptions): { api: PodApi; server: string | undefined } {
  const config = loadConfig(options)
  const namespace = options.namespace ?? currentNamespace(config) ?? 'default'
  return { api: openPodApi(config, namespace), server: config.getCurrentCluster()?.server }
}

function spawnerOf(
  api: PodApi,
  installation: Installation,
  all: SpawnerOptions<typeof kubernetesOptions>,
  apiServer: string | undefined,
): Spawner {
  const options = all.settings
  const optionsOf = (given: Record<string, unknown> | undefined) => optionsFor(all, given)
  const bundles = mappedBundles(api, installation)
  const errands = podErrands(api, installation, optionsOf, bundles)
  return {
    keepsFiles: false,

    unreachable:
      'Kubernetes needs a machine that reaches the addresses of pods: run hub and proxy on a node of the cluster or in ' +
      'a pod, and let network policies pass them.',

    ...(apiServer !== undefined && { controlUrls: [apiServer] }),

    folderOf: ({ path }) => path,

    listen: () => ({ port: options.port }),

    async start(spec, context) {
      context.signal.throwIfAborted()
      context.report({ phase: 'creating' })
      const { home } = spec
      const own = optionsOf(spec.options)
      if (home !== undefined) await patiently(context, () => requireClaim(api, home, installation, context.signal))
      const laid = await patiently(context, () => bundles.lay(spec.bundles, context.bundle, context.signal))
      const pod = buildPod(spec, laid, installation, own)
      const made = await makeOrAdopt(api, pod, spec, installation, context)
      // The pod says now that it uses them, so none is removed any more; one may have been in between.
      const mapped = laid.filter((bundle) => 'files' in bundle)
      await patiently(context, () => bundles.lay(mapped, context.bundle, context.signal))
      const state = { name: made.name, uid: made.uid }
      await context.record(state)
      context.signal.throwIfAborted()
      if (made.gated) await patiently(context, () => api.ungate(made.name, made.uid, recordedGate, context.signal))
      const { address, image } = await untilStarted(api, made, context)
      return {
        url: urlOf(address, options.port),
        state,
        adopted: made.adopted,
        ...(image !== undefined && { image }),
      }
    },

    async poll(key) {
      const pod = await api.get(podName(key))
      if (pod === undefined || tagOf(pod, installation) === undefined) return { state: 'gone' }
      const status = podStatus(pod)
      if (status.state !== 'exited') return status
      const lines = await lastLinesOf(api, podName(key), serverContainer)
      return lines.length > 0 ? { ...status, lines } : status
    },

    async lastLines(key, _state, signal) {
      const pod = await api.get(podName(key), signal)
      if (pod === undefined || tagOf(pod, installation) === undefined) return []
      return lastLinesOf(api, podName(key), serverContainer, { count: 50, signal })
    },

    async stop({ server, run }, _state, stopOptions) {
      const pods = await api.list(labelSelector(installation, 'server', server), stopOptions.signal)
      const toRemove = pods.filter((pod) => {
        const tag = tagOf(pod, installation)
        return tag !== undefined && tag.server === server && tag.run <= run
      })
      await Promise.all(toRemove.map((pod) => removePod(api, pod, stopOptions)))
    },

    async list() {
      const pods = await api.list(labelSelector(installation, 'server'))
      return pods.flatMap((pod) => {
        const tag = tagOf(pod, installation)
        const name = pod.metadata?.name
        if (tag === undefined || name === undefined) return []
        return [{ ...tag, name, running: podStatus(pod).state === 'running' }]
      })
    },

    homes: claimedHomes(api, installation, options, errands.run),

    errands,

    bundles,

    images: nodeImages(api, installation, optionsOf),

    memoryOf: podMemory(api, installation),

    close: () => api.close(),
  }
}

function loadConfig({ kubeconfig, context }: KubernetesOptions): KubeConfig {
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (cause) {
    throw new Error(`the kubeconfig cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (context !== undefined) config.setCurrentContext(context)
  const cluster = config.getCurrentCluster()
  // The client assumes this address when it has found no cluster.
  const isGuess = kubeconfig === undefined && cluster?.server === 'http://localhost:8080'
  if (cluster !== null && !isGuess) return config
  throw new Error(
    context === undefined
      ? 'no Kubernetes cluster is configured: set KUBECONFIG or the option kubeconfig, or run the hub in a pod with a service account'
      : `the kubeconfig has no context "${context}" with a cluster`,
  )
}

function currentNamespace(config: KubeConfig): string | undefined {
  return config.getContextObject(config.getCurrentContext())?.namespace
}
