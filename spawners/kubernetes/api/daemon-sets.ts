/** The requests about DaemonSets, which keep images on nodes, and about nodes. */
import type { AppsV1Api, CoreV1Api, V1DaemonSet, V1Node } from '@kubernetes/client-node'
import { allPages, type SendCall, unless } from './call.ts'

export function daemonSetCalls(apps: AppsV1Api, call: SendCall, namespace: string) {
  return {
    list: (labelSelector: string, signal: AbortSignal): Promise<V1DaemonSet[]> =>
      allPages((part) =>
        call(
          'list daemonsets.apps',
          (options) => apps.listNamespacedDaemonSet({ namespace, labelSelector, ...part }, options),
          signal,
        ),
      ),

    /** Creates a DaemonSet. Resolves with undefined when there is one of that name. */
    create: (body: V1DaemonSet, signal: AbortSignal) =>
      unless(
        [409],
        call(
          'create daemonsets.apps',
          (options) => apps.createNamespacedDaemonSet({ namespace, body }, options),
          signal,
        ),
      ),

    /** Changes a DaemonSet that is still as it was read. Resolves with undefined when it is another by now, or gone. */
    replace: (body: V1DaemonSet, signal: AbortSignal) =>
      unless(
        [404, 409],
        call(
          'update daemonsets.apps',
          (options) => apps.replaceNamespacedDaemonSet({ namespace, name: body.metadata?.name ?? '', body }, options),
          signal,
        ),
      ),

    /** Removes a DaemonSet that is still as it was read. Resolves with undefined when it is another by now, or gone. */
    remove: ({ metadata }: V1DaemonSet, signal: AbortSignal) => {
      const { name = '', uid = '', resourceVersion = '' } = metadata ?? {}
      const body = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' }
      return unless(
        [404, 409],
        call(
          'delete daemonsets.apps',
          (options) => apps.deleteNamespacedDaemonSet({ namespace, name, body }, options),
          signal,
        ),
      )
    },
  }
}

/** What the spawner wants to know of a node. */
export interface SeenNode {
  name: string
  labels: Record<string, string>
  taints: { key: string; value?: string; effect: string }[]
  /** The names of each image that the node says it has. A node tells some ten seconds late, and not of all if it has many. */
  images: string[][]
}

/** Returns all nodes, or undefined where the hub's account may not list them. */
export function listNodes(core: CoreV1Api, call: SendCall, signal: AbortSignal): Promise<SeenNode[] | undefined> {
  return unless(
    [403],
    allPages(async (part) => {
      const { items, metadata } = await call('list nodes', (options) => core.listNode({ ...part }, options), signal)
      return { items: items.map(seen), ...(metadata && { metadata }) }
    }),
  )
}

function seen({ metadata, spec, status }: V1Node): SeenNode {
  return {
    name: metadata?.name ?? '',
    labels: metadata?.labels ?? {},
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({
      key,
      effect,
      ...(value !== undefined && { value }),
    })),
    images: (status?.images ?? []).map(({ names }) => names ?? []),
  }
}
