/** The DaemonSet that has all nodes of a placement fetch images, and keep them. Pure. */
import { createHash } from 'node:crypto'
import type { V1Container, V1DaemonSet } from '@kubernetes/client-node'
import type { Installation } from '../../spawner.ts'
import { literal } from '../container.ts'
import { idOf, labelSelector, objectLabels, own } from '../labels.ts'
import type { KubernetesOptions } from '../options.ts'
import type { Placement } from './placement.ts'

/**
 * How a node gets an image: `fresh` asks the registry whether the name has another one by now, `kept` only where the node
 * lacks it, and `given` never.
 */
export type Way = 'fresh' | 'kept' | 'given'

const policies = { fresh: 'Always', kept: 'IfNotPresent', given: 'Never' } as const

/** The user `nobody`, which any image's `sh` can run as. */
const nobody = 65534

/** A container for each image sleeps. While it does, no node removes the image for want of disk space. */
const sleep = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done"

export function daemonSetName(placement: Placement, { name, id }: Installation): string {
  const owner = createHash('sha256').update(`${name} ${id}`).digest('hex').slice(0, 12)
  return `carrel-images-${owner}-${placement.key}`
}

/** `asked` says when the nodes were last asked. Another text makes them fetch again. */
export function buildDaemonSet(
  placement: Placement,
  images: ReadonlyMap<string, Way>,
  asked: string,
  installation: Installation,
  { security, annotations }: KubernetesOptions,
): V1DaemonSet {
  const labels = objectLabels('images', placement.key, installation)
  const chosen = {
    [own.installation]: installation.name,
    [own.installationId]: installation.id,
    [own.images]: placement.key,
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: daemonSetName(placement, installation), labels },
    spec: {
      selector: { matchLabels: chosen },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels, annotations: { ...annotations, [own.asked]: asked } },
        spec: {
          ...placement.spec,
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          // Nothing in these pods has a use for a network.
          dnsPolicy: 'None',
          dnsConfig: { nameservers: ['127.0.0.1'] },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: security.runAsUser || nobody,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [...images].sort(([a], [b]) => (a < b ? -1 : 1)).map(([image, way]) => containerOf(image, way)),
        },
      },
    },
  }
}

function containerOf(image: string, way: Way): V1Container {
  return {
    name: imageContainer(image),
    image,
    imagePullPolicy: policies[way],
    command: ['sh', '-c', sleep].map(literal),
    resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { cpu: '50m', memory: '32Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  }
}

export function imageContainer(image: string): string {
  return `image-${createHash('sha256').update(image).digest('hex').slice(0, 16)}`
}

/** Returns which images a DaemonSet has, and how nodes get them. */
export function imagesAsked({ spec }: V1DaemonSet): Map<string, Way> {
  const ways = new Map(Object.entries(policies).map(([way, policy]) => [policy as string, way as Way]))
  const containers = spec?.template.spec?.containers ?? []
  return new Map(
    containers.flatMap(({ image, imagePullPolicy = '' }) =>
      image === undefined ? [] : [[image, ways.get(imagePullPolicy) ?? 'kept']],
    ),
  )
}

/** Returns the key of the placement for which the DaemonSet is, or undefined when it is none of this installation. */
export function placementKeyOf(set: V1DaemonSet, installation: Installation): string | undefined {
  return idOf(set, 'images', installation)
}

/** Returns when the nodes were last asked, as `buildDaemonSet` was told it. */
export function whenAsked({ spec }: V1DaemonSet): string {
  return spec?.template.metadata?.annotations?.[own.asked] ?? ''
}

export function setSelector(installation: Installation): string {
  return labelSelector(installation, 'images')
}
