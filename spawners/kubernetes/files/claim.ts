/** The claim for storage in which a home is. Pure. */
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node'
import type { FoundHome, HomeSpec, SpawnerState } from '../../files.ts'
import type { Installation } from '../../spawner.ts'
import { idOf, objectLabels, own } from '../labels.ts'
import type { KubernetesOptions } from '../options.ts'

export function claimName(id: string): string {
  return `carrel-home-${id}`
}

/** Account and course are annotations, since they may be no valid values of labels. */
export function buildClaim(
  home: HomeSpec,
  installation: Installation,
  { homes }: KubernetesOptions,
): V1PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(home.id),
      labels: objectLabels('home', home.id, installation),
      annotations: { [own.account]: home.account, [own.course]: home.course },
    },
    spec: {
      accessModes: [homes.accessMode],
      ...(homes.storageClass !== undefined && { storageClassName: homes.storageClass }),
      resources: { requests: { storage: home.size === undefined ? homes.size : String(home.size) } },
    },
  }
}

/** Returns the home that a claim is, or undefined when it is none of this installation. */
export function homeOf(claim: V1PersistentVolumeClaim, installation: Installation): FoundHome | undefined {
  const id = idOf(claim, 'home', installation)
  const { name, annotations = {} } = claim.metadata ?? {}
  if (id === undefined || name === undefined) return undefined
  const account = annotations[own.account] ?? ''
  return { id, account, course: annotations[own.course] ?? '', name, state: claimState(claim) }
}

export function claimState(claim: V1PersistentVolumeClaim): SpawnerState {
  return { name: claim.metadata?.name ?? '', uid: claim.metadata?.uid ?? '' }
}
