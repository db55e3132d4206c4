/** Runs errands as pods, and finds and ends those of other hubs. */
import type { Readable } from 'node:stream'
import type { V1Pod } from '@kubernetes/client-node'
import type { ErrandContext, ErrandEnd, Errands } from '../files.ts'
import { type Installation, SpawnError } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import { KubernetesError } from './api/error.ts'
import { errandContainerName } from './container.ts'
import { lastLinesOf, removePod } from './end.ts'
import {
  buildErrandPod,
  type CarriedStreams,
  carryingProgram,
  errandPodName,
  noProgram,
  type RunErrand,
} from './errand-pod.ts'
import type { Layer } from './files/bundles.ts'
import { requireClaim } from './files/homes.ts'
import { bundleVolume, handing, type LaidBundle } from './files/mounts.ts'
import { idOf, labelSelector, own } from './labels.ts'
import type { KubernetesOptions } from './options.ts'
import { createdOrTaken, type MadePod, patiently, pause, untilSeen, untilStarted, type Waiting } from './start.ts'
import { errandEnd, hasBegun, hasEnded, podStatus } from './status.ts'

/** Errands have nothing to save, so they end at once. */
const graceSeconds = 1
/** How long a node may take to say that a program has ended. The program's connection is gone at once. */
const tellingSeconds = 10

/** `optionsOf` returns the spawner's options with those of one errand in their place. */
export function podErrands(
  api: PodApi,
  installation: Installation,
  optionsOf: (given: Record<string, unknown> | undefined) => KubernetesOptions,
  layer: Layer,
): Omit<Errands, 'run'> & { run: RunErrand } {
  return {
    async run(errand, context, user) {
      const { signal, stdin, stdout } = context
      signal.throwIfAborted()
      const streams = { stdin: stdin !== undefined, stdout: stdout !== undefined }
      const waiting = { signal, report: () => undefined }
      const { home } = errand
      const options = optionsOf(errand.options)
      if (home !== undefined) await patiently(waiting, () => requireClaim(api, home, installation, signal))
      const laid = await layer.lay(errand.bundles, context.bundle, signal, 'handed')
      const body = buildErrandPod(errand, laid, streams, installation, options, user)
      const pod = await patiently(waiting, () => createdOrTaken(api, body, signal))
      if (pod === undefined) {
        throw new SpawnError('An errand of this name is there already.', { detail: `pod ${errandPodName(errand.id)}` })
      }
      return thenClean(follow(api, pod, laid, streams, context), () => clear(api, pod))
    },

    async list() {
      const pods = await api.list(labelSelector(installation, 'errand'))
      return pods.flatMap((pod) => {
        const id = idOf(pod, 'errand', installation)
        const name = pod.metadata?.name
        if (id === undefined || name === undefined) return []
        const home = pod.metadata?.labels?.[own.home]
        return [{ id, name, running: podStatus(pod).state === 'running', ...(home !== undefined && { home }) }]
      })
    },

    async end(id) {
      const pods = await api.list(labelSelector(installation, 'errand', id))
      await Promise.all(pods.map((pod) => removePod(api, pod, { graceSeconds })))
    },
  }
}

async function follow(
  api: PodApi,
  pod: V1Pod,
  laid: LaidBundle[],
  streams: CarriedStreams,
  context: ErrandContext,
): Promise<ErrandEnd> {
  const { signal } = context
  const waiting = { signal, report: () => undefined }
  const made: MadePod = { name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '', gated: false, adopted: false }
  for (const [index, bundle] of laid.entries()) {
    if ('tar' in bundle) await hand(api, made, bundleVolume(index), bundle.tar(), waiting)
  }
  await untilStarted(api, made, waiting)
  const isCarried = (streams.stdin || streams.stdout) && (await ended(api, made, signal)) === undefined
  const broken = isCarried ? await carry(api, made, streams, context) : undefined
  for (;;) {
    const end = await patiently(waiting, () => ended(api, made, signal))
    if (end !== undefined) {
      const judgement = judged(end, await lastLinesOf(api, made.name, errandContainerName))
      // What a program had read and written of its own accord when its connection broke, only the program knows.
      if (broken !== undefined && judgement.code === 0) throw notCarried(broken)
      return judgement
    }
    await pause(250, signal)
  }
}

/** Hands a bundle to the init container that unpacks it. A broken connection shows in the end of that container. */
async function hand(api: PodApi, made: MadePod, container: string, archive: Readable, waiting: Waiting): Promise<void> {
  await untilSeen(api, made, waiting, (pod) => hasBegun(pod, container) || undefined)
  try {
    await api.exec({ pod: made.name, container, command: handing }, { stdin: archive, signal: waiting.signal })
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    const isOver = (pod: V1Pod) =>
      pod.status?.initContainerStatuses?.some(
        ({ name, state }) => name === container && state?.terminated !== undefined,
      )
    const pod = await api.get(made.name, waiting.signal)
    if (pod !== undefined && isOver(pod)) return
    throw notCarried(error)
  } finally {
    archive.destroy()
  }
}

/**
 * Carries the streams. Returns the error of a connection that broke when the pod has ended, a moment later: a program that
 * failed says more by its end.
 */
async function carry(
  api: PodApi,
  made: MadePod,
  streams: CarriedStreams,
  { signal, stdin, stdout }: ErrandContext,
): Promise<KubernetesError | undefined> {
  const program = { pod: made.name, container: errandContainerName, command: carryingProgram(streams) }
  try {
    await api.exec(program, { stdin, stdout, signal })
    return undefined
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    const deadline = performance.now() + (error.status === 0 ? tellingSeconds * 1000 : 0)
    while ((await ended(api, made, signal)) === undefined) {
      if (performance.now() > deadline) throw notCarried(error)
      await pause(250, signal)
    }
    return error
  }
}

function notCarried(error: KubernetesError): SpawnError {
  return new SpawnError('The files of an errand could not be carried.', { detail: error.message, cause: error })
}

/**
 * Removes the pod of an errand. One whose programs have all ended, as its own node says, goes at once; the others when
 * their node has ended them.
 */
async function clear(api: PodApi, pod: V1Pod): Promise<void> {
  const { name = '', uid = '' } = pod.metadata ?? {}
  const now = await api.get(name)
  if (now?.metadata?.uid !== uid) return
  if (hasEnded(now)) await api.remove(name, uid, 0)
  else await removePod(api, now, { graceSeconds })
}

type End = NonNullable<ReturnType<typeof errandEnd>>

async function ended(api: PodApi, { name, uid }: MadePod, signal: AbortSignal): Promise<End | undefined> {
  const pod = await api.get(name, signal)
  if (pod?.metadata?.uid !== uid)
    throw new SpawnError('The errand was removed while it ran.', { detail: `pod ${name}` })
  return errandEnd(pod)
}

/** Returns the end of an errand's program. Throws when the program could not run to its end. */
function judged({ code, reason, message, outOfMemory }: End, lines: string[]): ErrandEnd {
  if (message?.trim() === noProgram) throw new SpawnError('The image lacks the program of an errand.', { lasts: true })
  if (code === undefined || reason !== undefined) {
    throw new SpawnError('An errand was ended before its program.', { detail: reason ?? 'its pod has failed' })
  }
  return { code, ...(outOfMemory && { outOfMemory }), lines }
}

/** Resolves like `work`, after `cleanUp`. An error of the work hides one of the cleaning. */
async function thenClean<T>(work: Promise<T>, cleanUp: () => Promise<void>): Promise<T> {
  let result: T
  try {
    result = await work
  } catch (error) {
    await cleanUp().catch(() => undefined)
    throw error
  }
  await cleanUp()
  return result
}
