/** Sends all requests of the spawner to the Kubernetes API. Each has a time-out, and fails with a `KubernetesError`. */
import {
  AuthorizationV1Api,
  type ConfigurationOptions,
  CoreV1Api,
  type CoreV1Event,
  createConfiguration,
  type HttpLibrary,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  PatchStrategy,
  ServerConfiguration,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node'
import { traceHeaders } from '../../net/trace.ts'
import { pooledAuthentication } from './connection.ts'
import { KubernetesError, toKubernetesError } from './error.ts'
import { recordedGate, serverContainer } from './pod.ts'

const timeoutSeconds = 15
const pageSize = 250

export type PodApi = ReturnType<typeof openPodApi>

export function openPodApi(config: KubeConfig, namespace: string) {
  const authentication = pooledAuthentication(config)
  const http = new IsomorphicFetchHttpLibrary()
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
    authMethods: { default: authentication },
  })
  const core = new CoreV1Api(configuration)
  const authorization = new AuthorizationV1Api(configuration)

  async function call<T>(
    step: string,
    send: (options: ConfigurationOptions) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted()
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    const httpApi: HttpLibrary = {
      send(request) {
        request.setSignal(either)
        for (const [name, value] of Object.entries(traceHeaders())) request.setHeaderParam(name, value)
        return http.send(request)
      },
    }
    try {
      return await send({ httpApi })
    } catch (error) {
      signal?.throwIfAborted()
      if (!timeout.aborted) throw toKubernetesError(error, step)
      throw new KubernetesError(0, `Kubernetes did not answer within ${timeoutSeconds} s (${step})`, { cause: error })
    }
  }

  return {
    namespace,

    /** Creates a pod. Rejects with status 409 when there is a pod of that name. */
    create: (body: V1Pod, signal: AbortSignal) =>
      call('create pods', (options) => core.createNamespacedPod({ namespace, body }, options), signal),

    get: (name: string, signal?: AbortSignal): Promise<V1Pod | undefined> =>
      unless(
        [404],
        call('get pods', (options) => core.readNamespacedPod({ namespace, name }, options), signal),
      ),

    /** Removes the spawner's gate from a pod and leaves other gates. Succeeds when the gate is gone already. */
    ungate: (name: string, uid: string, signal: AbortSignal) => {
      const body = { metadata: { uid }, spec: { schedulingGates: [{ name: recordedGate, $patch: 'delete' }] } }
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

    list: async (labelSelector: string, signal?: AbortSignal): Promise<V1Pod[]> => {
      const page = (token: string | undefined) =>
        call(
          'list pods',
          (options) =>
            core.listNamespacedPod(
              { namespace, labelSelector, limit: pageSize, ...(token === undefined ? {} : { _continue: token }) },
              options,
            ),
          signal,
        )
      const pods: V1Pod[] = []
      let token: string | undefined
      do {
        const { items, metadata } = await page(token)
        pods.push(...items)
        token = metadata?._continue || undefined
      } while (token !== undefined)
      return pods
    },

    events: async (uid: string, signal: AbortSignal): Promise<CoreV1Event[]> => {
      const fieldSelector = `involvedObject.uid=${uid}`
      const { items } = await call(
        'list events',
        (options) => core.listNamespacedEvent({ namespace, fieldSelector, limit: pageSize }, options),
        signal,
      )
      return items
    },

    lastLines: async (name: string, count: number): Promise<string[]> => {
      const text = await call('get pods/log', (options) =>
        // The number of bytes is limited too, since a program may write gigabytes without a line end.
        core.readNamespacedPodLog(
          { namespace, name, container: serverContainer, tailLines: count, limitBytes: 16_384 },
          options,
        ),
      )
      return text.split('\n').filter((line) => line !== '')
    },

    /** Returns whether the hub's account may do this in the namespace: `mayI('get', 'pods', 'log')`. */
    mayI: async (verb: string, resource: string, subresource?: string): Promise<boolean> => {
      const resourceAttributes = { namespace, verb, resource, ...(subresource === undefined ? {} : { subresource }) }
      const { status } = await call('create selfsubjectaccessreviews', (options) =>
        authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }, options),
      )
      return status?.allowed ?? false
    },

    close: () => authentication.close(),
  }
}

/** Returns the answer, or undefined when Kubernetes answers with one of these statuses. */
async function unless<T>(statuses: number[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof KubernetesError && statuses.includes(error.status)) return undefined
    throw error
  }
}
