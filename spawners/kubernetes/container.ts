/** The parts that the containers and pods of servers and errands have in common. Pure. */
import type { V1Affinity, V1Container, V1PodSpec, V1Toleration } from '@kubernetes/client-node'
import type { Limits } from '../files.ts'
import { bytesOf } from '../options/quantity.ts'
import type { KubernetesOptions } from './options.ts'
import { ownPrefix } from './words.ts'

/** Name of the server's container. KubeSpawner uses the same one, so log collectors and dashboards know it. */
export const serverContainer = 'notebook'

/** Name of an errand's container. */
export const errandContainerName = 'errand'

/** Scheduling gate of a pod that is made but not started. While a pod has it, no scheduler gives the pod a node. */
export const recordedGate = `${ownPrefix}recorded`

/** The group of a home where the options name none: that of the users of Jupyter's images. */
const homeGroup = 100

/** What a pod is made for. */
export interface PodWants {
  image: string
  limits: Limits
  gpu: boolean
  /** Extended resources, and how many of each. */
  devices: Record<string, number>
  hasHome: boolean
  /** Bytes that are fetched into the pod before its program starts. */
  fetchedBytes: number
}

/** Returns the settings of a pod that the options decide. */
export function commonPodSpec(wanted: PodWants, options: KubernetesOptions): Omit<V1PodSpec, 'containers'> {
  const { security } = options
  return {
    restartPolicy: 'Never',
    enableServiceLinks: false,
    securityContext: {
      seccompProfile: { type: security.seccomp },
      ...given({
        runAsNonRoot: security.runAsNonRoot,
        runAsUser: security.runAsUser,
        runAsGroup: security.runAsGroup,
        fsGroup: security.fsGroup ?? (wanted.hasHome ? homeGroup : undefined),
        // A home with many files is not gone through at each start.
        fsGroupChangePolicy: wanted.hasHome ? 'OnRootMismatch' : undefined,
        supplementalGroups: security.supplementalGroups,
      }),
    },
    ...given({
      serviceAccountName: options.serviceAccountName,
      imagePullSecrets: filled(options.imagePullSecrets.map((name) => ({ name }))),
      nodeSelector: Object.keys(options.nodeSelector).length > 0 ? options.nodeSelector : undefined,
      affinity: buildAffinity(wanted, options),
      tolerations: buildTolerations(wanted, options),
      priorityClassName: options.priorityClassName,
      schedulerName: options.schedulerName,
      runtimeClassName: options.runtimeClassName,
      terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
    }),
  }
}

/** Returns what each container of a pod has: image, limits, rights. */
export function commonContainer(wanted: PodWants, options: KubernetesOptions): Omit<V1Container, 'name'> {
  const { security, writable } = options
  return {
    image: wanted.image,
    ...given({ imagePullPolicy: options.imagePullPolicy }),
    resources: buildResources(wanted, options),
    securityContext: {
      allowPrivilegeEscalation: security.allowPrivilegeEscalation,
      ...given({
        capabilities: capabilities(security),
        readOnlyRootFilesystem: writable && true,
      }),
    },
  }
}

function capabilities({ dropCapabilities, addCapabilities }: KubernetesOptions['security']) {
  const changed = given({ drop: filled(dropCapabilities), add: filled(addCapabilities) })
  return Object.keys(changed).length > 0 ? changed : undefined
}

/** Returns a container's environment, sorted, so that two hubs build the same pod. */
export function environment(env: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value: literal(value) }))
}

function buildResources({ limits, gpu, devices, fetchedBytes }: PodWants, options: KubernetesOptions) {
  const counts = { ...devices, ...(gpu && { [options.gpu.resource]: options.gpu.count }) }
  const accelerators = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]))
  return {
    limits: {
      ...given({
        cpu: amount(limits.cpu),
        memory: amount(limits.memory),
        'ephemeral-storage': diskLimit(options.ephemeralStorage, fetchedBytes),
      }),
      ...accelerators,
    },
    requests: {
      ...given({ cpu: amount(limits.cpuGuarantee), memory: amount(limits.memoryGuarantee) }),
      ...accelerators,
    },
  }
}

/** Returns the limit with room for what is fetched: the archive, and the files that come out of it. */
function diskLimit(limit: string | undefined, fetchedBytes: number): string | undefined {
  if (limit === undefined || fetchedBytes === 0) return limit
  return String(bytesOf(limit) + 2 * fetchedBytes)
}

function buildAffinity({ gpu }: PodWants, options: KubernetesOptions): V1Affinity | undefined {
  const matchExpressions = [...options.nodeAffinity, ...(gpu ? options.gpu.nodeAffinity : [])].map(
    ({ key, operator, values }) => ({ key, operator, ...given({ values }) }),
  )
  if (matchExpressions.length === 0) return undefined
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  }
}

function buildTolerations({ gpu }: PodWants, options: KubernetesOptions): V1Toleration[] | undefined {
  return filled([...options.tolerations, ...(gpu ? options.gpu.tolerations : [])].map((one) => given(one)))
}

/** Doubles each `$`, since Kubernetes replaces `$(NAME)` in arguments and values, and reads `$$` as `$`. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function amount(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

/** Returns the list, or undefined when it is empty. */
export function filled<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined
}

/** Returns the object without its undefined members, so that a pod says only what was chosen. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
