/** Writes and reads the names, labels and annotations by which objects say what they are. */
import { createHash } from 'node:crypto'
import type { V1ObjectMeta, V1Pod } from '@kubernetes/client-node'
import type { ErrandSpec, MountedBundle, MountedHome } from '../files.ts'
import type { Installation, ServerKey, ServerSpec } from '../spawner.ts'
import type { KubernetesOptions } from './options.ts'
import { ownPrefix } from './words.ts'

export const own = {
  installation: `${ownPrefix}installation`,
  installationId: `${ownPrefix}installation-id`,
  server: `${ownPrefix}server`,
  run: `${ownPrefix}run`,
  course: `${ownPrefix}course`,
  hash: `${ownPrefix}spec-hash`,
  home: `${ownPrefix}home`,
  account: `${ownPrefix}account`,
  errand: `${ownPrefix}errand`,
  bundle: `${ownPrefix}bundle`,
  digest: `${ownPrefix}digest`,
  internet: `${ownPrefix}internet`,
  images: `${ownPrefix}images`,
  asked: `${ownPrefix}asked`,
}

/** Annotations by which the autoscalers of clusters leave a pod where it is, and so its node, until it ends by itself. */
export const untilItsEnd = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
}

/** What an object of ours is. Each kind has a label of its own, which holds the object's id. */
export type ObjectKind = 'server' | 'errand' | 'home' | 'bundle' | 'images'

export function podName({ server, run }: ServerKey): string {
  return `carrel-${server}-${run}`
}

/**
 * Returns a pod's labels, including those by which dashboards, network policies and cost reports find KubeSpawner's
 * pods.
 */
export function podLabels(spec: ServerSpec, installation: Installation, options: KubernetesOptions) {
  return {
    'app.kubernetes.io/name': 'carrel',
    'app.kubernetes.io/managed-by': 'carrel',
    'app.kubernetes.io/component': 'singleuser-server',
    component: 'singleuser-server',
    'hub.jupyter.org/username': labelSlug(spec.user),
    'hub.jupyter.org/servername': labelSlug(spec.course),
    ...options.labels,
    ...ownerLabels(installation),
    [own.server]: spec.server,
    [own.run]: String(spec.run),
    [own.course]: labelSlug(spec.course),
    ...(!options.internet && { [own.internet]: 'no' }),
    ...useLabels(spec),
  }
}

/**
 * Returns an errand's labels. None of the operator's are among them, since one may open a network to what carries it.
 */
export function errandLabels(errand: ErrandSpec, installation: Installation): Record<string, string> {
  return { ...objectLabels('errand', errand.id, installation), ...useLabels(errand) }
}

/** Returns the labels of an object that is no server. */
export function objectLabels(kind: Exclude<ObjectKind, 'server'>, id: string, installation: Installation) {
  return {
    'app.kubernetes.io/name': 'carrel',
    'app.kubernetes.io/managed-by': 'carrel',
    'app.kubernetes.io/component': kind,
    ...ownerLabels(installation),
    [own[kind]]: id,
  }
}

/** Returns the labels that all objects of the installation carry. */
export function ownerLabels(installation: Installation) {
  return { [own.installation]: installation.name, [own.installationId]: installation.id }
}

/** Returns the labels by which the pods are found that use a home or a bundle. */
function useLabels({ home, bundles }: { home?: MountedHome | undefined; bundles: MountedBundle[] }) {
  return {
    ...(home !== undefined && { [own.home]: home.id }),
    ...Object.fromEntries(bundles.map(({ digest }) => [useLabel(digest), 'used'])),
  }
}

/** Returns the label of pods that use a bundle. A label's name is too short for all of a digest. */
export function useLabel(digest: string): string {
  return `${own.bundle}-${digest.slice(0, 40)}`
}

export function podAnnotations(spec: ServerSpec, options: KubernetesOptions) {
  return {
    'hub.jupyter.org/username': spec.user,
    'hub.jupyter.org/servername': spec.course,
    ...untilItsEnd,
    ...options.annotations,
    [own.hash]: spec.hash,
  }
}

/** Returns the selector for all objects of one kind, or for those that carry this id. */
export function labelSelector(installation: Installation, kind: ObjectKind, id?: string): string {
  return selector(installation, id === undefined ? own[kind] : `${own[kind]}=${id}`)
}

/** Returns the selector for all pods that use a bundle. */
export function useSelector(installation: Installation, digest: string): string {
  return selector(installation, useLabel(digest))
}

function selector(installation: Installation, condition: string): string {
  return [`${own.installation}=${installation.name}`, `${own.installationId}=${installation.id}`, condition].join(',')
}

/** Returns the id that an object of the installation carries, or undefined when it is no object of this kind. */
export function idOf(
  object: { metadata?: V1ObjectMeta },
  kind: ObjectKind,
  installation: Installation,
): string | undefined {
  const labels = object.metadata?.labels ?? {}
  if (labels[own.installation] !== installation.name || labels[own.installationId] !== installation.id) return undefined
  return labels[own[kind]]
}

export interface Tag extends ServerKey {
  hash: string
}

/** Returns the run that a pod is, or undefined when the pod does not belong to the installation. */
export function tagOf(pod: V1Pod, installation: Installation): Tag | undefined {
  const server = idOf(pod, 'server', installation)
  const run = Number(pod.metadata?.labels?.[own.run])
  if (server === undefined || !Number.isInteger(run) || run < 1) return undefined
  return { server, run, hash: pod.metadata?.annotations?.[own.hash] ?? '' }
}

export function isLabelValue(text: string): boolean {
  return /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(text)
}

/**
 * Returns the text itself if a label may hold it, else a readable start and a hash. KubeSpawner 7 does it the same way.
 */
export function labelSlug(text: string): string {
  if (isLabelValue(text) && !text.includes('--')) return text
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 21)
    .replace(/-$/, '')
  const readable = /^[a-z]/.test(words) ? words : words === '' ? 'x' : `x-${words.slice(0, 19)}`
  return `${readable}---${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}
