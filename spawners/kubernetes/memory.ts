/** How much memory pods take, where the cluster has an API of metrics, such as that of metrics-server. */
import { bytesOf } from '../options/quantity.ts'
import type { Installation, ServerKey } from '../spawner.ts'
import type { PodApi } from './api/api.ts'
import type { MeasuredPod } from './api/metrics.ts'
import { serverContainer } from './container.ts'
import { labelSelector, podName } from './labels.ts'

/** How long the figures of all pods serve. The cluster itself has newer ones after 15 seconds at the earliest. */
const freshMilliseconds = 15_000
/** How long a cluster is not asked again that has no such API, or does not let the hub ask. */
const absentMilliseconds = 300_000

/**
 * Returns a function that tells the memory of servers' own containers. It asks for all pods of the installation at once, and
 * not at each call. `now` is a clock in milliseconds.
 */
export function podMemory(api: PodApi, installation: Installation, now: () => number = () => performance.now()) {
  let last: Map<string, number | undefined> = new Map()
  let until = Number.NEGATIVE_INFINITY
  return async (runs: readonly ServerKey[]): Promise<(number | undefined)[]> => {
    if (now() >= until) {
      const all = await api.metrics(labelSelector(installation, 'server'))
      until = now() + (all === undefined ? absentMilliseconds : freshMilliseconds)
      last = new Map(all?.map((pod) => [pod.metadata.name, memoryIn(pod)]))
    }
    return runs.map((run) => last.get(podName(run)))
  }
}

/** Returns the bytes that a server's own container takes, without those of containers beside it. Pure. */
function memoryIn({ containers }: MeasuredPod): number | undefined {
  const memory = containers.find(({ name }) => name === serverContainer)?.usage.memory
  const [, amount, thousandths] = /^(\d+(?:\.\d+)?(?:[KMGTP]i?|k)?)(m?)$/.exec(memory ?? '') ?? []
  return amount === undefined ? undefined : Math.ceil(bytesOf(amount) / (thousandths ? 1000 : 1))
}
