/** All requests of the spawner to the Kubernetes API, in one namespace. */
import {
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  type CoreV1Event,
  CustomObjectsApi,
  createConfiguration,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  PatchStrategy,
  ServerConfiguration,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node'
import { allPages, caller, unless } from './call.ts'
import { pooledAuthentication } from './connection.ts'
import { daemonSetCalls, listNodes, type SeenNode } from './daemon-sets.ts'
import { listMetrics } from './metrics.ts'
import { claimCalls, configMapCalls } from './objects.ts'
import { type Carried, type Program, runInContainer } from './streams.ts'

const eventsAtMost = 250

export type PodApi = ReturnType<typeof openPodApi>

export function openPodApi(config: KubeConfig, namespace: string) {
  const authentication = pooledAuthentication(config)
  const call = caller(new IsomorphicFetchHttpLibrary())
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
    authMethods: { default: authentication },
  })
  const core = new CoreV1Api(configuration)
  const apps = new AppsV1Api(configuration)
  const custom = new CustomObjectsApi(configuration)
  const authorization = new AuthorizationV1Api(configuration)

  return {
    namespace,

    claims: claimCalls(core, call, namespace),

    configMaps: configMapCalls(core, call, namespace),

    daemonSets: daemonSetCalls(apps, call, namespace),

    nodes: (signal: AbortSignal): Promise<SeenNode[] | undefined> => listNodes(core, call, signal),

    metrics: (labelSelector: string) => listMetrics(custom, call, namespace, labelSelector),

    /** Creates a pod. Rejects with status 409 when there is a pod of that name. */
    create: (body: V1Pod, signal: AbortSignal) =>
      call('create pods', (options) => core.createNamespacedPod({ namespace, body }, options), signal),

    get: (name: string, signal?: AbortSignal): Promise<V1Pod | undefined> =>
      unless(
        [404],
        call('get pods', (options) => core.readNamespacedPod({ namespace, name }, options), signal),
      ),

    /** Removes one scheduling gate from a pod and leaves other gates. Succeeds when the gate is gone already. */
    ungate: (name: string, uid: string, gate: string, signal: AbortSignal) => {
      const body = { metadata: { uid }, spec: { schedulingGates: [{ name: gate, $patch: 'delete' }] } }
      return call(
        'patch pods',
        (options) =>
          core.patchNamespacedPod(
            { namespace, name, body },
            setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch, options),
          ),
        signal,
      )
    },

    /** Requests the removal of the pod with this uid. Succeeds when it is gone, also if another pod has its name. */
    remove: async (name: string, uid: string, graceSeconds: number, signal?: AbortSignal): Promise<void> => {
      const body = { gracePeriodSeconds: graceSeconds, preconditions: { uid } }
      await unless(
        [404, 409],
        call('delete pods', (options) => core.deleteNamespacedPod({ namespace, name, body }, options), signal),
      )
    },

    list: (labelSelector: string, signal?: AbortSignal): Promise<V1Pod[]> =>
      allPages((part) =>
        call('list pods', (options) => core.listNamespacedPod({ namespace, labelSelector, ...part }, options), signal),
      ),

    events: async (uid: string, signal: AbortSignal): Promise<CoreV1Event[]> => {
      const fieldSelector = `involvedObject.uid=${uid}`
      const { items } = await call(
        'list events',
        (options) => core.listNamespacedEvent({ namespace, fieldSelector, limit: eventsAtMost }, options),
        signal,
      )
      return items
    },

    lastLines: async (name: string, container: string, count: number, signal?: AbortSignal): Promise<string[]> => {
      // The number of bytes is limited too, since a program may write gigabytes without a line end.
      const wanted = { namespace, name, container, tailLines: count, limitBytes: 65_536 }
      const text = await call('get pods/log', (options) => core.readNamespacedPodLog(wanted, options), signal)
      return text.split('\n').filter((line) => line !== '')
    },

    /** Runs a program in a container that runs, until it ends, and carries its input and output. */
    exec: (program: Program, carried: Carried) => runInContainer(config, namespace, program, carried),

    /**
     * Returns whether the hub's account may do this in the namespace: `mayI('get', 'pods', 'log')`. A resource of another
     * group than the core has that behind a dot: `daemonsets.apps`.
     */
    mayI: async (verb: string, resource: string, subresource?: string): Promise<boolean> => {
      const [plain = '', group = ''] = resource.split('.')
      const resourceAttributes = {
        namespace,
        verb,
        group,
        resource: plain,
        ...(subresource !== undefined && { subresource }),
      }
      const { status } = await call('create selfsubjectaccessreviews', (options) =>
        authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }, options),
      )
      return status?.allowed ?? false
    },

    close: () => authentication.close(),
  }
}
