/** Writes and reads the name, labels and annotations by which a pod says which run it is. */
import { createHash } from 'node:crypto'
import type { V1Pod } from '@kubernetes/client-node'
import type { Installation, ServerKey, ServerSpec } from '../spawner.ts'
import { type KubernetesOptions, ownPrefix } from './options.ts'

const own = {
  installation: `${ownPrefix}installation`,
  installationId: `${ownPrefix}installation-id`,
  server: `${ownPrefix}server`,
  run: `${ownPrefix}run`,
  course: `${ownPrefix}course`,
  hash: `${ownPrefix}spec-hash`,
}

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
    [own.installation]: installation.name,
    [own.installationId]: installation.id,
    [own.server]: spec.server,
    [own.run]: String(spec.run),
    [own.course]: labelSlug(spec.course),
  }
}

export function podAnnotations(spec: ServerSpec, options: KubernetesOptions) {
  return {
    'hub.jupyter.org/username': spec.user,
    'hub.jupyter.org/servername': spec.course,
    ...options.annotations,
    [own.hash]: spec.hash,
  }
}

/** Returns the selector for all pods of the installation, or of one of its servers. */
export function labelSelector(installation: Installation, server?: string): string {
  const selected = [`${own.installation}=${installation.name}`, `${own.installationId}=${installation.id}`]
  if (server !== undefined) selected.push(`${own.server}=${server}`)
  return selected.join(',')
}

export interface Tag extends ServerKey {
  hash: string
}

/** Returns the run that a pod is, or undefined when the pod does not belong to the installation. */
export function tagOf(pod: V1Pod, installation: Installation): Tag | undefined {
  const labels = pod.metadata?.labels ?? {}
  if (labels[own.installation] !== installation.name || labels[own.installationId] !== installation.id) return undefined
  const server = labels[own.server]
  const run = Number(labels[own.run])
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
