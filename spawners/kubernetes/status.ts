/** Reads from a pod the status of its server, the step of its start, and its problem. Pure. */
import type {
  CoreV1Event,
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
} from '@kubernetes/client-node'
import { hostPort } from '../../net/endpoint.ts'
import type { ServerStatus, StartProgress } from '../spawner.ts'
import { isOwnContainer } from './beside/schema.ts'
import { errandContainerName, recordedGate, serverContainer } from './container.ts'

export function isGated(pod: V1Pod): boolean {
  return pod.spec?.schedulingGates?.some(({ name }) => name === recordedGate) ?? false
}

/** Returns whether the pod's deletion was requested. A deletion cannot be taken back: the program was told to end. */
export function isTerminating(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined
}

/** Returns the status for `poll`, without the last lines. */
export function podStatus(pod: V1Pod): ServerStatus {
  const ended = endOf(pod)
  if (ended !== undefined) return { state: 'exited', ...ended }
  if (isGated(pod)) return { state: 'gone' }
  if (stateOf(pod)?.running !== undefined) return { state: 'running' }
  const problem = blockage(pod)?.detail ?? unschedulable(pod)
  return problem === undefined ? { state: 'pending' } : { state: 'pending', problem }
}

/**
 * The step of a start.
 * - `address`: the server runs, or has ended already; `poll` tells which.
 * - `mayPass`: the kubelet tries again by itself, and a second try may well succeed.
 * - `lasts`: no later start succeeds either, until staff have put it right.
 */
export type StartStep =
  | { address: string }
  | { failed: string; detail: string; mayPass?: true; lasts?: true }
  | { progress: StartProgress }

/** Returns the step of a start. Without events, pulling looks like starting. */
export function startStep(pod: V1Pod, events: CoreV1Event[] = []): StartStep {
  if (isTerminating(pod)) {
    return { failed: 'The notebook server was stopped while it was starting.', detail: endReason(pod) ?? 'pod deleted' }
  }
  const state = stateOf(pod)
  if (state?.terminated !== undefined && neverRan.has(state.terminated.reason ?? '')) {
    return { failed: problems.program, detail: withReason(state.terminated), lasts: true }
  }
  const unfinished = failedHook(pod, events)
  if (unfinished !== undefined) return unfinished
  const address = pod.status?.podIP
  if (address && state?.terminated !== undefined) return { address }
  const broken = failedSidecar(pod)
  if (broken !== undefined) return broken
  if (address && state?.running !== undefined) {
    return sidecarsOf(pod).some(({ state }) => state !== undefined && state.running === undefined)
      ? { progress: { phase: 'starting' } }
      : { address }
  }
  const unprepared = failedInit(pod)
  if (unprepared !== undefined) return unprepared
  const ended = endOf(pod)
  if (ended !== undefined) {
    return { failed: 'The notebook server could not be started on its machine.', detail: ended.reason ?? 'pod failed' }
  }
  const blocked = blockage(pod)
  // The reason of a failed pull stays in the pod while the next one is under way.
  if (blocked === undefined || isPulling(events)) return { progress: progressOf(pod, events) }
  return {
    failed: blocked.message,
    detail: blocked.detail,
    ...(isFinal(blocked.reason, blocked.detail) ? { lasts: true } : { mayPass: true }),
  }
}

/**
 * Returns the end of an errand, or undefined while it has none. `reason` says what ended it other than its program;
 * without `code` the program never ran.
 */
export function errandEnd(
  pod: V1Pod,
): { code?: number; reason?: string; message?: string; outOfMemory?: true } | undefined {
  const ended = endOf(pod)
  if (ended === undefined) return undefined
  const message = stateOf(pod)?.terminated?.message
  return { ...ended, ...(message !== undefined && { message }) }
}

/** Returns whether an init container runs, or has run. */
export function hasBegun(pod: V1Pod, container: string): boolean {
  const state = pod.status?.initContainerStatuses?.find(({ name }) => name === container)?.state
  return state?.running !== undefined || state?.terminated !== undefined
}

/** Returns whether every container of the pod has run and has ended, by the word of its node. */
export function hasEnded(pod: V1Pod): boolean {
  const statuses = pod.status?.containerStatuses ?? []
  return statuses.length > 0 && statuses.every(({ state }) => state?.terminated?.containerID !== undefined)
}

/** Returns the digest or id of the image that the pod's program runs, where its node has told one. */
export function imageIn(pod: V1Pod): string | undefined {
  return digestIn(statusOf(pod)?.imageID)
}

/** Returns the digest of what a node calls an image: `registry/name@sha256:…`, `docker-pullable://…`, or an id alone. */
export function digestIn(image: string | undefined): string | undefined {
  return /(?:^|[@/])(sha256:[0-9a-f]{64})$/.exec(image ?? '')?.[1]
}

/** Returns the URL of a pod's address, with brackets for IPv6. */
export function urlOf(address: string, port: number): string {
  return `http://${hostPort(address, port)}`
}

const problems = {
  image: 'The image of this course cannot be pulled.',
  imageName: "The name of this course's image is not valid.",
  container: "This course's server cannot be made from its image and settings.",
  program: "The program of this course's server cannot be started.",
  files: 'The files of this course could not be put into the notebook server.',
  before: 'A program that prepares the notebooks of this course has failed.',
  beside: 'A program that the notebooks of this course need beside them does not keep running.',
  hook: 'The notebook server of this course could not be made ready.',
  notOurs: 'A program that the notebooks of this course need cannot be started.',
}

/** Reasons of a waiting container for which the kubelet tries for ever, or gives up by itself. */
const blocking = new Map([
  ['ErrImagePull', problems.image],
  ['ImagePullBackOff', problems.image],
  ['ErrImageNeverPull', problems.image],
  ['ImageInspectError', problems.image],
  ['RegistryUnavailable', problems.image],
  ['SignatureValidationFailed', problems.image],
  ['InvalidImageName', problems.imageName],
  ['CreateContainerConfigError', problems.container],
  ['CreateContainerError', problems.container],
  ['RunContainerError', problems.program],
])

const neverRan = new Set(['StartError', 'ContainerCannotRun'])

function blockage(pod: V1Pod): { reason: string; message: string; detail: string } | undefined {
  // Our own init containers use the same image, so problems of the image show there first.
  const first = pod.status?.initContainerStatuses?.find(({ state }) => blocking.has(state?.waiting?.reason ?? ''))
  const waiting = first?.state?.waiting ?? stateOf(pod)?.waiting
  const reason = waiting?.reason ?? ''
  const message = blocking.get(reason)
  if (waiting === undefined || message === undefined) return undefined
  if (first === undefined || isOwnContainer(first.name)) return { reason, message, detail: withReason(waiting) }
  return { reason, message: problems.notOurs, detail: `the container "${first.name}": ${withReason(waiting)}` }
}

/** Returns the step of a start whose pod could not be prepared: by files of the course, or by an operator's container. */
function failedInit(pod: V1Pod): StartStep | undefined {
  const sidecars = sidecarsOf(pod)
  const failed = pod.status?.initContainerStatuses?.find(
    (one) => (one.state?.terminated?.exitCode ?? 0) !== 0 && !sidecars.includes(one),
  )
  const end = failed?.state?.terminated
  if (failed === undefined || end === undefined) return undefined
  if (!isOwnContainer(failed.name))
    return { failed: problems.before, detail: `the init container ${endIn(failed, end)}` }
  return { failed: problems.files, detail: `the container ${endIn(failed, end)}` }
}

/**
 * Returns the step of a start with a sidecar that ends again and again. Kubernetes starts one at once when it has ended the
 * first time, since it may have waited for another one in vain.
 */
function failedSidecar(pod: V1Pod): StartStep | undefined {
  const failed = sidecarsOf(pod).find(
    ({ restartCount, state }) => restartCount > 1 || (restartCount === 1 && state?.running === undefined),
  )
  const end = failed?.state?.terminated ?? failed?.lastState?.terminated
  if (failed === undefined || end === undefined) return undefined
  return {
    failed: problems.beside,
    detail: `the sidecar ${endIn(failed, end)}; it must go on for as long as the server`,
  }
}

/** Returns the step of a start whose `postStart` has failed, for which the node ends the server. */
function failedHook(pod: V1Pod, events: CoreV1Event[]): StartStep | undefined {
  if (!mayHaveFailedHook(pod)) return undefined
  const of = `spec.containers{${serverContainer}}`
  const failed = events.find(
    ({ reason, involvedObject }) => reason === 'FailedPostStartHook' && involvedObject.fieldPath === of,
  )
  return failed && { failed: problems.hook, detail: `lifecycle.postStart: ${failed.message ?? 'it failed'}` }
}

/** Says whether only the events of a pod tell why its server has ended. */
export function mayHaveFailedHook(pod: V1Pod): boolean {
  const server = pod.spec?.containers.find(({ name }) => name === serverContainer)
  return server?.lifecycle?.postStart !== undefined && (stateOf(pod)?.terminated?.exitCode ?? 0) !== 0
}

function sidecarsOf(pod: V1Pod): V1ContainerStatus[] {
  const containers = pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? []
  const names = containers.map(({ name }) => name)
  return pod.status?.initContainerStatuses?.filter(({ name }) => names.includes(name)) ?? []
}

function endIn({ name }: V1ContainerStatus, { exitCode, message, reason = '' }: V1ContainerStateTerminated): string {
  return `"${name}" ended with ${exitCode}: ${message?.trim() || reason}`
}

/**
 * Returns whether a second try cannot succeed. A pull may also fail for a passing reason: an error of the registry, or
 * credentials that the kubelet did not have yet (it then pulls without them and is refused). A kubelet may also wait for
 * a secret or a ConfigMap itself.
 */
function isFinal(reason: string, detail: string): boolean {
  if (/failed to sync (secret|configmap) cache/.test(detail)) return false
  if (['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError'].includes(reason)) return true
  return /not found|manifest unknown|no such host/i.test(detail)
}

function unschedulable(pod: V1Pod): string | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined
  return `no node has room: ${scheduled.message ?? 'the scheduler does not say why'}`
}

function endOf(pod: V1Pod): Omit<Extract<ServerStatus, { state: 'exited' }>, 'state'> | undefined {
  const terminated = stateOf(pod)?.terminated
  const phase = pod.status?.phase
  if (!isTerminating(pod) && terminated === undefined && phase !== 'Failed' && phase !== 'Succeeded') return undefined
  const code = terminated === undefined ? {} : { code: terminated.exitCode }
  // A kernel that was killed leaves this reason too. Then the server itself has ended in order, perhaps long after.
  if (terminated?.reason === outOfMemory && terminated.exitCode !== 0) return { ...code, outOfMemory: true }
  const reason = endReason(pod)
  return { ...code, ...(reason !== undefined && { reason }) }
}

const outOfMemory = 'OOMKilled'
/** Reasons of an ended container that say no more than its exit code. */
const plainReasons = ['Error', 'Completed', outOfMemory]

/**
 * Returns the most specific reason: of the container, else of a disruption, eviction or deletion of the pod. Undefined
 * where the exit code says it all.
 */
function endReason(pod: V1Pod): string | undefined {
  const ofContainer = stateOf(pod)?.terminated?.reason
  if (ofContainer !== undefined && !plainReasons.includes(ofContainer)) return ofContainer
  const disruption = conditionOf(pod, 'DisruptionTarget')
  if (disruption?.status === 'True' && disruption.reason) return disruption.reason
  return pod.status?.reason ?? (isTerminating(pod) ? 'Deleted' : undefined)
}

function progressOf(pod: V1Pod, events: CoreV1Event[]): StartProgress {
  if (conditionOf(pod, 'PodScheduled')?.status !== 'True') {
    if (unschedulable(pod) === undefined) return { phase: 'creating', message: 'Looking for a machine with room.' }
    const growing = events.some(({ reason }) => reason === 'TriggeredScaleUp' || reason === 'Nominated')
    return {
      phase: 'creating',
      lacksRoom: true,
      message: growing
        ? 'No machine has room, so another one is being started. This takes some minutes.'
        : 'No machine has room at the moment. Waiting for one.',
    }
  }
  if (isPulling(events)) {
    return { phase: 'pulling', message: 'Fetching the course to the machine. The first time takes longest.' }
  }
  if (latest(events, 'FailedAttachVolume') > latest(events, 'SuccessfulAttachVolume')) {
    return { phase: 'starting', message: 'Waiting for your files, which another machine still has.' }
  }
  return { phase: 'starting' }
}

/**
 * Returns whether a pull is under way. Times are whole seconds, so a pull that began and ended in one second has ended.
 */
function isPulling(events: CoreV1Event[]): boolean {
  return latest(events, 'Pulling') > latest(events, 'Pulled', 'Failed', 'BackOff')
}

/** Returns the time of the latest event with one of these reasons, or 0. */
function latest(events: CoreV1Event[], ...reasons: string[]): number {
  return Math.max(0, ...events.filter(({ reason = '' }) => reasons.includes(reason)).map(timeOf))
}

function timeOf(event: CoreV1Event): number {
  return (event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp)?.getTime() ?? 0
}

function statusOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === serverContainer || name === errandContainerName)
}

function stateOf(pod: V1Pod): V1ContainerState | undefined {
  return statusOf(pod)?.state
}

function conditionOf(pod: V1Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type)
}

function withReason({ reason, message }: { reason?: string; message?: string }): string {
  return [reason, message].filter(Boolean).join(': ')
}
