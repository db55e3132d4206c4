/** Has the cluster of Kubernetes that groups of a run share, because to start one takes 5 s of the processors, and to keep it 2 s a minute. */
import { downCluster, type Instance, upCluster } from '../engines/kube.ts'

export interface ClusterOfRun {
  /** Returns the variables by which tests find it. Starts it for the first group. */
  variables(): Promise<Record<string, string>>
  /** Ends it, if it runs. */
  end(): Promise<void>
}

/** `up` and `down` start and end a cluster. */
export function clusterOfRun(up = () => upCluster('--node'), down = downCluster): ClusterOfRun {
  let started: Promise<Instance | undefined> | undefined
  return {
    async variables() {
      // Where none can start, each group finds that by itself and says why.
      started ??= up().catch(() => undefined)
      const instance = await started
      return instance === undefined ? {} : { CARREL_TEST_CLUSTER_OF_RUN: JSON.stringify(instance) }
    },
    async end() {
      const ending = started
      started = undefined
      const instance = await ending
      // What does not end now ends with this process.
      if (instance !== undefined) await down(instance).catch(() => undefined)
    },
  }
}
