/** What the cluster shows of images: the DaemonSets, their pods, and nodes where these may be listed. */
import type { V1DaemonSet, V1Pod } from '@kubernetes/client-node'
import type { Installation } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import type { SeenNode } from '../api/daemon-sets.ts'
import { own } from '../labels.ts'
import { isTerminating } from '../status.ts'
import { placementKeyOf, setSelector, whenAsked } from './daemon-set.ts'
import { inPod, type NodeImage, onNode } from './node-image.ts'
import { allows, type Placement } from './placement.ts'

export interface Seen {
  /** The DaemonSets and their pods by the key of their placement. */
  sets: Map<string, V1DaemonSet>
  pods: Map<string, V1Pod[]>
  /** Undefined where the hub's account may not list nodes. */
  nodes: SeenNode[] | undefined
}

/** A node that may run pods of a placement, with the pod of its DaemonSet there. */
export interface NodePlace {
  name: string
  node: SeenNode | undefined
  pod: V1Pod | undefined
}

export async function readSeen(api: PodApi, installation: Installation, signal: AbortSignal): Promise<Seen> {
  const selector = setSelector(installation)
  const [sets, pods, nodes] = await Promise.all([
    api.daemonSets.list(selector, signal),
    api.list(selector, signal),
    api.nodes(signal),
  ])
  const there = sets.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
  const going = pods.filter((pod) => !isTerminating(pod))
  return {
    sets: new Map(there.map((set) => [placementKeyOf(set, installation) ?? '', set])),
    pods: Map.groupBy(going, ({ metadata }) => metadata?.labels?.[own.images] ?? ''),
    nodes,
  }
}

/**
 * Returns the nodes on which pods of the placement run. Where nodes may not be listed, or a class of runtimes chooses among
 * them, these are the ones that the DaemonSet has found; without one there are none.
 */
export function placesOf({ sets, pods, nodes }: Seen, placement: Placement): NodePlace[] {
  const set = sets.get(placement.key)
  const byNode = new Map(pods.get(placement.key)?.map((pod) => [nodeOf(pod), pod]))
  if (nodes !== undefined && placement.spec.runtimeClassName === undefined) {
    return nodes
      .filter((node) => allows(placement, node))
      .map((node) => ({ name: node.name, node, pod: byNode.get(node.name) }))
  }
  const missing = Math.max(0, (set?.status?.desiredNumberScheduled ?? 0) - byNode.size)
  return [
    ...[...byNode].map(([name, pod]) => ({ name, node: nodes?.find((node) => node.name === name), pod })),
    ...Array.from({ length: missing }, (_, index) => ({ name: `?${index}`, node: undefined, pod: undefined })),
  ]
}

/** Returns what a place has of an image, by its pod first, since nodes tell late. */
export function stateAt({ node, pod }: NodePlace, image: string): NodeImage {
  const byPod = inPod(pod, image)
  if (byPod.state === 'has' && byPod.id !== undefined) return byPod
  const byNode = onNode(node, image)
  return byNode.state === 'has' ? byNode : byPod
}

/** Returns the pod of a place if it was made by the DaemonSet as this is now. */
export function currentPod({ pod }: NodePlace, set: V1DaemonSet | undefined): V1Pod | undefined {
  const asked = pod?.metadata?.annotations?.[own.asked]
  return set !== undefined && asked === whenAsked(set) ? pod : undefined
}

/** Returns whether the cluster has taken note of the DaemonSet as it is now. */
export function isObserved({ metadata, status }: V1DaemonSet): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1)
}

function nodeOf({ metadata, spec }: V1Pod): string {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return spec?.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0] ?? metadata?.name ?? ''
}
