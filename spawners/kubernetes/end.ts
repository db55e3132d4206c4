/** Removes pods, and reads the last lines of one that has ended. */
import type { V1Pod } from '@kubernetes/client-node'
import type { StopOptions } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import { KubernetesError } from './api/error.ts'
import { pause } from './start.ts'

const lastLineCount = 20
/** Seconds to wait for an end after the grace period. A kubelet needs a second or two; a lost node never ends a pod. */
const patienceSeconds = 60

/** Removes exactly this pod and waits until it is gone, not only marked as terminating. Nothing is removed by force. */
export async function removePod(api: PodApi, pod: V1Pod, { graceSeconds, signal }: StopOptions): Promise<void> {
  const { name, uid } = pod.metadata ?? {}
  if (name === undefined || uid === undefined) return
  // At least 1: with 0 the object goes at once, while its program may run on.
  const grace = Math.max(1, Math.ceil(graceSeconds))
  const deadline = performance.now() + (grace + patienceSeconds) * 1000
  await api.remove(name, uid, grace, signal)
  while ((await api.get(name, signal))?.metadata?.uid === uid) {
    if (performance.now() > deadline) {
      throw new Error(
        `pod ${name} in namespace ${api.namespace} does not end: its node may be lost, or others gave it long to end`,
      )
    }
    await pause(250, signal)
  }
}

/**
 * Returns the last lines of a container, or none when the log cannot be read: the status is known all the
 * same.
 */
export async function lastLinesOf(
  api: PodApi,
  name: string,
  container: string,
  { count = lastLineCount, signal }: { count?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  try {
    return await api.lastLines(name, container, count, signal)
  } catch (error) {
    if (error instanceof KubernetesError) return []
    throw error
  }
}
