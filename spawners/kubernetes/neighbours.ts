/** Says on which nodes a server's pod shall be because of the pods that are there. Pure. */
import type {
  V1Affinity,
  V1LabelSelector,
  V1PodAffinityTerm,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node'
import type { Installation } from '../spawner.ts'
import { filled, given } from './container.ts'
import { own, ownerLabels } from './labels.ts'
import type { KubernetesOptions } from './options.ts'

/** Returns the affinity to nodes, joined with that to other pods. */
export function withNeighbours(
  nodes: V1Affinity | undefined,
  installation: Installation,
  { podAffinity }: KubernetesOptions,
): V1Affinity | undefined {
  const near = podAffinity.filter(({ apart }) => !apart)
  const apart = podAffinity.filter((one) => one.apart)
  const all = given({
    ...nodes,
    podAffinity: near.length > 0 ? affinityOf(near, installation) : undefined,
    podAntiAffinity: apart.length > 0 ? affinityOf(apart, installation) : undefined,
  })
  return Object.keys(all).length > 0 ? all : undefined
}

/** Returns how the servers of the installation are spread over nodes. */
export function spreadOver(
  installation: Installation,
  { topologySpread }: KubernetesOptions,
): V1TopologySpreadConstraint[] | undefined {
  return filled(topologySpread.map((one) => ({ ...one, labelSelector: servers(installation) })))
}

function affinityOf(pods: KubernetesOptions['podAffinity'], installation: Installation) {
  const termOf = ({ topologyKey, labels }: (typeof pods)[number]): V1PodAffinityTerm => {
    return { topologyKey, labelSelector: labels === undefined ? servers(installation) : { matchLabels: labels } }
  }
  return given({
    requiredDuringSchedulingIgnoredDuringExecution: filled(
      pods.filter(({ weight }) => weight === undefined).map(termOf),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: filled(
      pods.flatMap((one) => (one.weight === undefined ? [] : { weight: one.weight, podAffinityTerm: termOf(one) })),
    ),
  })
}

function servers(installation: Installation): V1LabelSelector {
  return {
    matchLabels: ownerLabels(installation),
    matchExpressions: [{ key: own.server, operator: 'Exists' }],
  }
}
