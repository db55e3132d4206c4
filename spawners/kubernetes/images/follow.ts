/** Follows images until each node has them or has failed. */
import type { Installation } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import { isPassing } from '../api/error.ts'
import { pause } from '../start.ts'
import { daemonSetName, imagesAsked } from './daemon-set.ts'
import { inPod, type NodeImage } from './node-image.ts'
import type { Placement } from './placement.ts'
import { currentPod, isObserved, type NodePlace, readSeen, type Seen } from './seen.ts'
import { statesByNode, type WantedImage } from './wanted.ts'

/** Seconds after a first failure within which the kubelet has tried again: it repeats a failed pull after 10 to 20 s. */
const secondTrySeconds = 30
/** Seconds after which a node has failed that has not begun: it does not answer, or has no room for a pod. */
const beginSeconds = 60
/** Seconds for which the cluster may give no answer. */
const patienceSeconds = 60
const betweenLooksMs = 1000

/**
 * Resolves with what each node has of each image, when none waits any more. `tell` hears of every look, image by image.
 * Rejects with the signal's reason when aborted.
 */
export async function follow(
  api: PodApi,
  images: readonly WantedImage[],
  installation: Installation,
  signal: AbortSignal,
  tell: (image: string, states: ReadonlyMap<string, NodeImage>) => void,
): Promise<Map<string, Map<string, NodeImage>>> {
  const begun = performance.now()
  const failing = new Map<string, number>()
  let answered = begun
  for (;;) {
    const seen = await readSeen(api, installation, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      if (!isPassing(error) || performance.now() - answered > patienceSeconds * 1000) throw error
    })
    if (seen !== undefined) {
      answered = performance.now()
      const all = new Map(images.map((wanted) => [wanted.image, statesOf(wanted, seen)]))
      for (const [image, states] of all) tell(image, states)
      const isWaiting = [...all.values()].some((states) => [...states.values()].some(({ state }) => state === 'waits'))
      if (!isWaiting && images.every((wanted) => isKnown(wanted, seen))) return all
    }
    await pause(betweenLooksMs, signal)
  }

  /** Returns whether the cluster has had the time to say on how many nodes the image should be. */
  function isKnown(wanted: WantedImage, { sets }: Seen): boolean {
    if ('problem' in wanted || isLate(beginSeconds, begun)) return true
    return wanted.placements.every(({ key }) => {
      const set = sets.get(key)
      return set === undefined || isObserved(set)
    })
  }

  function statesOf(wanted: WantedImage, seen: Seen): Map<string, NodeImage> {
    if ('problem' in wanted) return new Map()
    return statesByNode(
      wanted,
      seen,
      (image, place, placement) => settled(image, place, placement, seen),
      (known, other) => {
        const isSaid = known.state === 'waits' || (known.state === 'has' && other.state === 'failed')
        return isSaid ? known : other
      },
    )
  }

  function settled(image: string, place: NodePlace, placement: Placement, seen: Seen): NodeImage {
    const set = seen.sets.get(placement.key)
    if (set === undefined || !imagesAsked(set).has(image)) {
      return { state: 'failed', why: 'another hub, with another config, has let go of it.', lasts: true }
    }
    const pod = currentPod(place, set)
    const state = inPod(pod, image)
    const key = `${placement.key} ${place.name} ${image}`
    if (state.state === 'waits' && pod?.status?.startTime === undefined && isLate(beginSeconds, begun)) {
      const name = daemonSetName(placement, installation)
      const why = state.why ?? `it has begun no pod of the DaemonSet ${name}. Does the node answer?`
      return { state: 'failed', why, lasts: false }
    }
    if (state.state !== 'failed') return state
    if (!failing.has(key)) failing.set(key, performance.now())
    const isSure = state.lasts || isLate(secondTrySeconds, failing.get(key) ?? 0)
    return isSure ? state : { state: 'waits' }
  }
}

function isLate(seconds: number, since: number): boolean {
  return performance.now() - since > seconds * 1000
}
