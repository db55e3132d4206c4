/** Builds a server's pod from its specification. Pure. */
import type { V1Container, V1EnvVar, V1Pod } from '@kubernetes/client-node'
import type { Installation, ServerSpec } from '../spawner.ts'
import { besideServer } from './beside/containers.ts'
import {
  commonContainer,
  commonPodSpec,
  environment,
  filled,
  given,
  literal,
  recordedGate,
  serverContainer,
} from './container.ts'
import { fetchedBytes, type LaidBundle, layFolders } from './files/mounts.ts'
import { sharedMounts } from './files/shared-mounts.ts'
import { podAnnotations, podLabels, podName } from './labels.ts'
import { spreadOver, withNeighbours } from './neighbours.ts'
import type { KubernetesOptions } from './options.ts'

/** `laid` says how the spec's bundles come into the pod. */
export function buildPod(
  spec: ServerSpec,
  laid: LaidBundle[],
  installation: Installation,
  options: KubernetesOptions,
): V1Pod {
  const { devices, secretEnv, sharedMemory, lifecycle } = options
  const wanted = { ...spec, devices, hasHome: spec.home !== undefined, fetchedBytes: fetchedBytes(laid) }
  const common = { ...commonContainer(wanted, options), env: environment(spec.env) }
  const layout = layFolders({ ...spec, bundles: laid, program: spec.command }, common, installation, options)
  const shared = sharedMounts(options.mounts, spec)
  const beside = besideServer(options, spec.home !== undefined)
  const memory = sharedMemory === undefined ? undefined : memoryFolder(sharedMemory)
  const { affinity, ...podSpec } = commonPodSpec(wanted, options)
  const server: V1Container = {
    ...common,
    name: serverContainer,
    env: withSecrets(common.env, secretEnv),
    args: layout.program.map(literal),
    ports: [{ name: 'notebook-port', containerPort: options.port }],
    ...given({
      volumeMounts: filled([...layout.mounts, ...shared.mounts, ...(memory ? [memory.mount] : [])]),
      workingDir: spec.home?.path,
      lifecycle: lifecycle as V1Container['lifecycle'],
    }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(spec),
      labels: podLabels(spec, installation, options),
      annotations: podAnnotations(spec, options),
    },
    spec: {
      ...podSpec,
      schedulingGates: [{ name: recordedGate }],
      automountServiceAccountToken: options.automountServiceAccountToken,
      containers: [server],
      ...given({
        initContainers: filled([...beside.before, ...layout.initContainers, ...beside.sidecars]),
        volumes: filled([...layout.volumes, ...shared.volumes, ...beside.volumes, ...(memory ? [memory.volume] : [])]),
        affinity: withNeighbours(affinity, installation, options),
        topologySpreadConstraints: spreadOver(installation, options),
      }),
    },
  }
}

/** Returns the variables and those whose values are in Secrets, which come first, sorted. */
function withSecrets(env: V1EnvVar[], secretEnv: KubernetesOptions['secretEnv']): V1EnvVar[] {
  const secret = Object.entries(secretEnv).map(([name, { secret, key }]): V1EnvVar => {
    return { name, valueFrom: { secretKeyRef: { name: secret, key } } }
  })
  const plain = env.filter(({ name }) => secretEnv[name] === undefined)
  return [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function memoryFolder(sizeLimit: string) {
  return {
    volume: { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit } },
    mount: { name: 'memory', mountPath: '/dev/shm' },
  }
}
