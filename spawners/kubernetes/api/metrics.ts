/** The request about what pods take, to the API of metrics that a cluster may have. */
import type { CustomObjectsApi } from '@kubernetes/client-node'
import { z } from 'zod'
import { type SendCall, unless } from './call.ts'

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      containers: z.array(z.object({ name: z.string(), usage: z.object({ memory: z.string().optional() }) })),
    }),
  ),
})

/** A pod, and what each of its containers takes, in Kubernetes' words. */
export type MeasuredPod = z.output<typeof podsSchema>['items'][number]

/** Returns what all pods with these labels take. Undefined where a cluster has no such API, or the hub may not ask it. */
export function listMetrics(
  custom: CustomObjectsApi,
  call: SendCall,
  namespace: string,
  labelSelector: string,
): Promise<MeasuredPod[] | undefined> {
  const kind = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods' }
  return unless(
    [403, 404],
    call('list pods.metrics.k8s.io', async (options) => {
      const found: unknown = await custom.listNamespacedCustomObject({ ...kind, namespace, labelSelector }, options)
      return podsSchema.parse(found).items
    }),
  )
}
