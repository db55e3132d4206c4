/** The nodes on which pods with certain settings may run. Pure. */
import { createHash } from 'node:crypto'
import type { V1NodeSelectorRequirement, V1PodSpec, V1Toleration } from '@kubernetes/client-node'
import type { SeenNode } from '../api/daemon-sets.ts'
import { commonPodSpec } from '../container.ts'
import type { KubernetesOptions } from '../options.ts'

/** What decides on which nodes a server may run, and how these fetch its image. Servers with the same `key` have the same. */
export interface Placement {
  key: string
  spec: Omit<V1PodSpec, 'containers'>
}

export function placementOf(options: KubernetesOptions, gpu: boolean): Placement {
  const wanted = { image: '', limits: {}, gpu, devices: {}, hasHome: false, fetchedBytes: 0 }
  const { nodeSelector, affinity, tolerations, runtimeClassName, serviceAccountName, imagePullSecrets } = commonPodSpec(
    wanted,
    options,
  )
  const all = { nodeSelector, affinity, tolerations, runtimeClassName, serviceAccountName, imagePullSecrets }
  const spec = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return {
    key: createHash('sha256')
      .update(JSON.stringify(sorted(spec)))
      .digest('hex')
      .slice(0, 16),
    spec,
  }
}

/** Returns whether pods with this placement may run on the node as it now is. */
export function allows({ spec }: Placement, { labels, taints }: SeenNode): boolean {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([name, value]) => labels[name] === value)
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const matches = terms.every(({ matchExpressions = [] }) => matchExpressions.every((one) => fulfils(labels, one)))
  const closing = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
  return selected && matches && closing.every((taint) => spec.tolerations?.some((one) => tolerates(one, taint)))
}

function fulfils(labels: Record<string, string>, { key, operator, values = [] }: V1NodeSelectorRequirement): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default: {
      const [here, there] = [Number(value), Number(values[0])]
      return operator === 'Gt' ? here > there : here < there
    }
  }
}

function tolerates({ key, operator = 'Equal', value = '', effect }: V1Toleration, taint: SeenNode['taints'][number]) {
  if (effect !== undefined && effect !== taint.effect) return false
  if (key === undefined) return operator === 'Exists'
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
}

/** Returns the value with the names of all records in order, so that equal settings have one key. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  )
}
