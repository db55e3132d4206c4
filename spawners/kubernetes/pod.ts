/** Builds a server's pod from its specification. Pure. */
import type { V1Affinity, V1Container, V1Pod, V1Toleration } from '@kubernetes/client-node'
import type { Installation, ServerSpec } from '../spawner.ts'
import { podAnnotations, podLabels, podName } from './labels.ts'
import { type KubernetesOptions, ownPrefix } from './options.ts'

/** Name of the server's container. KubeSpawner uses the same one, so log collectors and dashboards know it. */
export const serverContainer = 'notebook'

/** Scheduling gate of a pod that is made but not started. While a pod has it, no scheduler gives the pod a node. */
export const recordedGate = `${ownPrefix}recorded`

export function buildPod(spec: ServerSpec, installation: Installation, options: KubernetesOptions): V1Pod {
  const { security } = options
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(spec),
      labels: podLabels(spec, installation, options),
      annotations: podAnnotations(spec, options),
    },
    spec: {
      schedulingGates: [{ name: recordedGate }],
      restartPolicy: 'Never',
      enableServiceLinks: false,
      automountServiceAccountToken: options.automountServiceAccountToken,
      securityContext: {
        seccompProfile: { type: security.seccomp },
        ...given({
          runAsNonRoot: security.runAsNonRoot,
          runAsUser: security.runAsUser,
          runAsGroup: security.runAsGroup,
          fsGroup: security.fsGroup,
          supplementalGroups: security.supplementalGroups,
        }),
      },
      containers: [buildContainer(spec, options)],
      ...given({
        initContainers: options.writable && [copyFolders(spec, options, options.writable)],
        volumes: options.writable && volumes(options.writable).map(({ name }) => ({ name, emptyDir: {} })),
        serviceAccountName: options.serviceAccountName,
        imagePullSecrets: filled(options.imagePullSecrets.map((name) => ({ name }))),
        nodeSelector: Object.keys(options.nodeSelector).length > 0 ? options.nodeSelector : undefined,
        affinity: buildAffinity(spec, options),
        tolerations: buildTolerations(spec, options),
        priorityClassName: options.priorityClassName,
        schedulerName: options.schedulerName,
        runtimeClassName: options.runtimeClassName,
        terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
      }),
    },
  }
}

function buildContainer(spec: ServerSpec, options: KubernetesOptions): V1Container {
  return {
    name: serverContainer,
    image: spec.image,
    ...given({ imagePullPolicy: options.imagePullPolicy }),
    args: spec.command.map(literal),
    env: Object.entries(spec.env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value: literal(value) })),
    ports: [{ name: 'notebook-port', containerPort: options.port }],
    ...given({ volumeMounts: options.writable && volumes(options.writable) }),
    resources: buildResources(spec, options),
    securityContext: containerSecurity(options),
  }
}

function containerSecurity({ security, writable }: KubernetesOptions) {
  return {
    allowPrivilegeEscalation: security.allowPrivilegeEscalation,
    ...given({
      capabilities: filled(security.dropCapabilities) && { drop: security.dropCapabilities },
      readOnlyRootFilesystem: writable && true,
    }),
  }
}

/** Returns an empty volume for `/tmp` and for each writable folder. */
function volumes(writable: string[]): { name: string; mountPath: string }[] {
  return ['/tmp', ...writable].map((mountPath, index) => ({ name: `writable-${index}`, mountPath }))
}

/** Builds the init container that copies the image's folders to the volumes, which begin empty. */
function copyFolders(spec: ServerSpec, options: KubernetesOptions, writable: string[]): V1Container {
  const copy = 'for folder; do if [ -d "$folder" ]; then cp -R "$folder/." "/carrel$folder/"; fi; done'
  return {
    name: 'files',
    image: spec.image,
    ...given({ imagePullPolicy: options.imagePullPolicy }),
    command: ['sh', '-c', copy, 'sh', ...writable].map(literal),
    volumeMounts: volumes(writable)
      .slice(1)
      .map(({ name, mountPath }) => ({ name, mountPath: `/carrel${mountPath}` })),
    resources: buildResources(spec, options),
    securityContext: containerSecurity(options),
  }
}

function buildResources({ limits, gpu }: ServerSpec, options: KubernetesOptions) {
  const accelerators = gpu ? { [options.gpu.resource]: String(options.gpu.count) } : {}
  return {
    limits: {
      ...given({
        cpu: amount(limits.cpu),
        memory: amount(limits.memory),
        'ephemeral-storage': options.ephemeralStorage,
      }),
      ...accelerators,
    },
    requests: {
      ...given({ cpu: amount(limits.cpuGuarantee), memory: amount(limits.memoryGuarantee) }),
      ...accelerators,
    },
  }
}

function buildAffinity({ gpu }: ServerSpec, options: KubernetesOptions): V1Affinity | undefined {
  const matchExpressions = [...options.nodeAffinity, ...(gpu ? options.gpu.nodeAffinity : [])].map(
    ({ key, operator, values }) => ({ key, operator, ...given({ values }) }),
  )
  if (matchExpressions.length === 0) return undefined
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  }
}

function buildTolerations({ gpu }: ServerSpec, options: KubernetesOptions): V1Toleration[] | undefined {
  return filled([...options.tolerations, ...(gpu ? options.gpu.tolerations : [])].map((one) => given(one)))
}

/** Doubles each `$`, since Kubernetes replaces `$(NAME)` in arguments and values, and reads `$$` as `$`. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function amount(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function filled<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined
}

/** Returns the object without its undefined members, so that a pod says only what was chosen. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
