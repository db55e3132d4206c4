/** The steps of a start: make the pod or adopt it, record it, let it be scheduled, and follow it until it runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { type Installation, type ServerSpec, SpawnError, type StartContext, type StartProgress } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import { isPassing, KubernetesError } from './api/error.ts'
import { podName, tagOf } from './labels.ts'
import { imageIn, isGated, isTerminating, mayHaveFailedHook, type StartStep, startStep } from './status.ts'

/** What a wait needs of the context of a start. */
export type Waiting = Pick<StartContext, 'signal' | 'report'>

/** Seconds for which a start repeats a failed request, so that it survives the restart of an API server. */
const patienceSeconds = 30

export interface MadePod {
  name: string
  uid: string
  gated: boolean
  adopted: boolean
}

/** Makes the run's pod, or returns the one that is there if it is the same run with the same specification. */
export async function makeOrAdopt(
  api: PodApi,
  pod: V1Pod,
  spec: ServerSpec,
  installation: Installation,
  context: StartContext,
): Promise<MadePod> {
  const name = podName(spec)
  const made = await patiently(context, () => createdOrTaken(api, pod, context.signal))
  if (made !== undefined) {
    if (!isGated(made)) {
      throw new SpawnError('The cluster is too old to start notebook servers safely.', {
        detail: 'it knows no scheduling gates: Kubernetes 1.27 or newer is needed',
        lasts: true,
      })
    }
    if (goingOn(made) < goingOn(pod)) {
      throw new SpawnError('The cluster is too old for what the notebooks of this course need beside them.', {
        detail: 'it knows no sidecars: Kubernetes 1.29 or newer is needed for the option sidecars',
        lasts: true,
      })
    }
    return { name, uid: uidOf(made), gated: true, adopted: false }
  }
  const there = await patiently(context, () => api.get(name, context.signal))
  if (there === undefined || isTerminating(there)) {
    throw new SpawnError('The notebook server was being removed just now.', { detail: `pod ${name}` })
  }
  const tag = tagOf(there, installation)
  const isThisRun = tag?.server === spec.server && tag.run === spec.run
  if (!isThisRun || tag.hash !== spec.hash) {
    throw new SpawnError("Something else is in this notebook server's place.", {
      otherSpec: isThisRun,
      detail: `pod ${name} in namespace ${api.namespace} is of another installation, server, run or specification`,
    })
  }
  return { name, uid: uidOf(there), gated: isGated(there), adopted: true }
}

/** Returns how many init containers go on beside the server. A cluster that does not know of that leaves it out. */
function goingOn({ spec }: V1Pod): number {
  return spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').length ?? 0
}

/**
 * Seconds after a first failure within which the kubelet has tried again: it repeats a failed pull after 10 to 20 s.
 */
const secondTrySeconds = 30

/** Follows the pod until its program was started, and resolves with its address and the id of its image. */
export function untilStarted(
  api: PodApi,
  made: MadePod,
  context: Waiting,
): Promise<{ address: string; image: string | undefined }> {
  return untilSeen(api, made, context, (pod, step) =>
    'address' in step ? { address: step.address, image: imageIn(pod) } : undefined,
  )
}

/** Follows a pod that starts until `look` has seen something, and resolves with that. Rejects when the start fails. */
export async function untilSeen<T>(
  api: PodApi,
  { name, uid }: MadePod,
  context: Waiting,
  look: (pod: V1Pod, step: StartStep) => T | undefined,
): Promise<T> {
  const eventsOf = eventReader(api, uid, context.signal)
  const report = changesOnly(context.report)
  let failingSinceMs: number | undefined
  for (let waitedMs = 0; ; ) {
    const pod = await patiently({ ...context, report }, () => api.get(name, context.signal))
    const isThere = pod?.metadata?.uid === uid
    const step = isThere ? startStep(pod, await eventsOf(waitedMs, mayHaveFailedHook(pod))) : removed
    const seen = isThere ? look(pod, step) : undefined
    if (seen !== undefined) return seen
    if ('failed' in step) {
      failingSinceMs ??= waitedMs
      if (!step.mayPass || waitedMs - failingSinceMs > secondTrySeconds * 1000) {
        throw new SpawnError(step.failed, { detail: `pod ${name}: ${step.detail}`, lasts: step.lasts === true })
      }
    }
    report('progress' in step ? step.progress : tryingAgain)
    waitedMs += await pause(Math.min(250 + waitedMs / 40, 1000), context.signal)
  }
}

/** Calls `act`, and repeats it for `patienceSeconds` while it fails for a passing reason. */
export async function patiently<T>({ signal, report }: Waiting, act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceSeconds * 1000
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      if (!isPassing(error)) throw refusal(error)
      if (performance.now() > deadline) {
        throw new SpawnError('The cluster that runs notebook servers does not answer.', {
          detail: error.message,
          cause: error,
        })
      }
      report({ phase: 'creating', message: 'The cluster does not answer. Trying again.' })
      await pause(1000, signal)
    }
  }
}

/** Waits and resolves with the time waited; rejects with the signal's own reason when that is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<number> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
  return ms
}

const tryingAgain: StartProgress = { phase: 'starting', message: 'The first try failed. Trying once more.' }

function changesOnly(report: StartContext['report']): StartContext['report'] {
  let last = ''
  return (progress) => {
    const now = `${progress.phase} ${progress.message}`
    if (now !== last) report(progress)
    last = now
  }
}

const removed: StartStep = {
  failed: 'The notebook server was removed while it was starting.',
  detail: 'deleted by somebody',
}

/** Creates the pod. Resolves with undefined when there is one of that name. */
export async function createdOrTaken(api: PodApi, pod: V1Pod, signal: AbortSignal): Promise<V1Pod | undefined> {
  try {
    return await api.create(pod, signal)
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 409) return undefined
    throw error
  }
}

/**
 * Returns a function that reads a pod's events. It lists them only after the first second of a start, and then every
 * two seconds, or where only they tell: a quick start needs no events, and listing them is expensive for the cluster.
 */
function eventReader(api: PodApi, uid: string, signal: AbortSignal) {
  let events: CoreV1Event[] = []
  let nextAtMs = 1000
  return async (waitedMs: number, isUrgent: boolean): Promise<CoreV1Event[]> => {
    if (waitedMs < nextAtMs && !(isUrgent && nextAtMs !== Number.POSITIVE_INFINITY)) return events
    nextAtMs = waitedMs + 2000
    try {
      events = await api.events(uid, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof KubernetesError && error.status === 403) nextAtMs = Number.POSITIVE_INFINITY
    }
    return events
  }
}

function refusal(error: KubernetesError): SpawnError {
  const isFull = error.status === 403 && /exceeded quota/.test(error.message)
  const message = isFull
    ? 'All places for notebook servers are taken.'
    : 'The cluster refused to start the notebook server.'
  return new SpawnError(message, { detail: error.message, cause: error, lasts: !isFull })
}

function uidOf(pod: V1Pod): string {
  const uid = pod.metadata?.uid
  if (uid === undefined) throw new Error('Kubernetes answered with a pod without uid')
  return uid
}
