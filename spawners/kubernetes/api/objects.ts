/** The requests about claims for storage, which are homes, and about ConfigMaps, which are bundles. */
import {
  type CoreV1Api,
  setHeaderOptions,
  type V1ConfigMap,
  type V1ObjectMeta,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node'
import { allPages, type SendCall, unless } from './call.ts'

export type ClaimCalls = ReturnType<typeof claimCalls>

export function claimCalls(core: CoreV1Api, call: SendCall, namespace: string) {
  return {
    /** Creates a claim. Resolves with undefined when there is one of that name. */
    create: (body: V1PersistentVolumeClaim, signal?: AbortSignal) =>
      unless(
        [409],
        call(
          'create persistentvolumeclaims',
          (options) => core.createNamespacedPersistentVolumeClaim({ namespace, body }, options),
          signal,
        ),
      ),

    get: (name: string, signal?: AbortSignal) =>
      unless(
        [404],
        call(
          'get persistentvolumeclaims',
          (options) => core.readNamespacedPersistentVolumeClaim({ namespace, name }, options),
          signal,
        ),
      ),

    list: (labelSelector: string) =>
      allPages((part) =>
        call('list persistentvolumeclaims', (options) =>
          core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector, ...part }, options),
        ),
      ),

    /** Requests the removal of the claim with this uid. Succeeds when it is gone, also if another one has its name. */
    remove: async (name: string, uid: string): Promise<void> => {
      const body = { preconditions: { uid } }
      await unless(
        [404, 409],
        call('delete persistentvolumeclaims', (options) =>
          core.deleteNamespacedPersistentVolumeClaim({ namespace, name, body }, options),
        ),
      )
    },
  }
}

export function configMapCalls(core: CoreV1Api, call: SendCall, namespace: string) {
  return {
    /** Creates a ConfigMap. Resolves with undefined when there is one of that name. */
    create: (body: V1ConfigMap, signal?: AbortSignal) =>
      unless(
        [409],
        call('create configmaps', (options) => core.createNamespacedConfigMap({ namespace, body }, options), signal),
      ),

    get: (name: string) =>
      unless(
        [404],
        call('get configmaps', (options) => core.readNamespacedConfigMap({ namespace, name }, options)),
      ),

    /** Returns name, labels and annotations of a ConfigMap without what it holds, which may be half a megabyte. */
    look: async (name: string, signal?: AbortSignal): Promise<V1ObjectMeta | undefined> => {
      const found = await unless(
        [404],
        call(
          'get configmaps',
          (options) => core.readNamespacedConfigMap({ namespace, name }, accepting('PartialObjectMetadata', options)),
          signal,
        ),
      )
      return found?.metadata
    },

    /** Returns name, labels and annotations of all ConfigMaps with these labels. */
    list: async (labelSelector: string): Promise<V1ObjectMeta[]> => {
      const found = await allPages((part) =>
        call('list configmaps', (options) =>
          core.listNamespacedConfigMap(
            { namespace, labelSelector, ...part },
            accepting('PartialObjectMetadataList', options),
          ),
        ),
      )
      return found.map(({ metadata = {} }) => metadata)
    },

    /** Removes the ConfigMap with this uid. Succeeds when it is gone, also if another one has its name. */
    remove: async (name: string, uid: string): Promise<void> => {
      const body = { preconditions: { uid } }
      await unless(
        [404, 409],
        call('delete configmaps', (options) => core.deleteNamespacedConfigMap({ namespace, name, body }, options)),
      )
    },
  }
}

function accepting(kind: string, options: Parameters<typeof setHeaderOptions>[2]) {
  return setHeaderOptions('Accept', `application/json;as=${kind};g=meta.k8s.io;v=v1`, options)
}
