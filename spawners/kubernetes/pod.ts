/** Builds a server's pod from its specification. Pure. */
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import type { Installation, ServerSpec } from '../spawner.ts'
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
import type { KubernetesOptions } from './options.ts'

/** `laid` says how the spec's bundles come into the pod. */
export function buildPod(
  spec: ServerSpec,
  laid: LaidBundle[],
  installation: Installation,
  options: KubernetesOptions,
): V1Pod {
  const wanted = { ...spec, hasHome: spec.home !== undefined, fetchedBytes: fetchedBytes(laid) }
  const common = { ...commonContainer(wanted, options), env: environment(spec.env) }
  const layout = layFolders({ home: spec.home, bundles: laid, program: spec.command }, common, installation, options)
  const shared = sharedMounts(options.mounts, spec)
  const server: V1Container = {
    ...common,
    name: serverContainer,
    args: layout.program.map(literal),
    ports: [{ name: 'notebook-port', containerPort: options.port }],
    ...given({ volumeMounts: filled([...layout.mounts, ...shared.mounts]), workingDir: spec.home?.path }),
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
      ...commonPodSpec(wanted, options),
      schedulingGates: [{ name: recordedGate }],
      automountServiceAccountToken: options.automountServiceAccountToken,
      containers: [server],
      ...given({
        initContainers: filled(layout.initContainers),
        volumes: filled([...layout.volumes, ...shared.volumes]),
      }),
    },
  }
}
