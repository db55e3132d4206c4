/** What a node has of an image, by the word of its pod for images and of the node itself. Pure. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { fullReference } from '../../image-reference.ts'
import type { SeenNode } from '../api/daemon-sets.ts'
import { digestIn } from '../status.ts'
import { imageContainer } from './daemon-set.ts'

/**
 * - `has`: the image is there; `id` where the node tells one.
 * - `failed`: the node could not get it. With `lasts`, another try is of no use.
 * - `waits`: the node has it fetched, or has not begun.
 */
export type NodeImage =
  | { state: 'has'; id: string | undefined }
  | { state: 'failed'; why: string; lasts: boolean }
  | { state: 'waits'; why?: string }

/** Reasons for which a container waits while its image could not be got. */
const failures = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])
/** Reasons for which a container waits that is there already, or that could not be made of the image that is there. */
const present = new Set(['CrashLoopBackOff', 'RunContainerError', 'CreateContainerError', 'CreateContainerConfigError'])

export function inPod(pod: V1Pod | undefined, image: string): NodeImage {
  const status = pod?.status?.containerStatuses?.find(({ name }) => name === imageContainer(image))
  const waiting = status?.state?.waiting
  const reason = waiting?.reason ?? ''
  // An image without `sh` is there all the same when its container has failed.
  const isThere = status !== undefined && (waiting === undefined || present.has(reason))
  if (isThere && !isStarting(status)) return { state: 'has', id: digestIn(status.imageID) }
  if (!failures.has(reason)) return { state: 'waits', ...whyWaiting(pod) }
  const why = [reason, waiting?.message].filter(Boolean).join(': ')
  return { state: 'failed', why, lasts: /^InvalidImageName|^ErrImageNeverPull|not found|manifest unknown/i.test(why) }
}

/** Returns what the node itself says. That it does not name an image proves nothing: it tells late, and not of all. */
export function onNode(node: SeenNode | undefined, image: string): NodeImage {
  const wanted = fullReference(image)
  const names = node?.images.find((all) => all.some((name) => fullReference(name) === wanted))
  if (names === undefined || wanted === undefined) return { state: 'waits' }
  const repository = repositoryOf(wanted)
  const digests = names.filter((name) => repositoryOf(fullReference(name) ?? '') === repository)
  return { state: 'has', id: digests.map(digestIn).find((id) => id !== undefined) }
}

/** Returns what a node has of an image and of those beside it, as if they were one: it has it only when it has all. */
export function together(image: string, states: ReadonlyMap<string, NodeImage>): NodeImage {
  const named = [...states].map(([name, state]): NodeImage => {
    if (name === image || state.state === 'has') return state
    const beside = state.why === undefined ? undefined : `${name}, which its servers need beside it: ${state.why}`
    if (state.state === 'failed') return { ...state, why: beside ?? name }
    return { state: 'waits', ...(beside !== undefined && { why: beside }) }
  })
  const lacking = named.find(({ state }) => state === 'failed') ?? named.find(({ state }) => state === 'waits')
  return lacking ?? states.get(image) ?? { state: 'waits' }
}

function repositoryOf(reference: string): string {
  return reference.replace(/@.*$|:[^/]*$/, '')
}

function isStarting({ state, imageID }: V1ContainerStatus): boolean {
  return state?.running === undefined && state?.terminated === undefined && state?.waiting === undefined && !imageID
}

function whyWaiting(pod: V1Pod | undefined): { why?: string } {
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') return { why: scheduled.message ?? 'no room' }
  return {}
}
