import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node'
import type { Context } from 'mocha'
import { requirePart } from '../require.ts'
import { until } from '../until.ts'
import { downCluster, type Instance, runKube, upCluster } from './kube.ts'
import { liftPolicy } from './network-policy.ts'
import { imageArchive, type TestImage } from './started.ts'

export interface TestCluster {
  kubeconfig: string
  config: KubeConfig
  core: CoreV1Api
  /** Makes the test image loadable by pods and returns its reference. */
  image(name: TestImage): Promise<string>
  /** The instance that `up` has started. Undefined for a cluster that `CARREL_TEST_KUBECONFIG` names. */
  instance: Instance | undefined
}

let shared: Promise<TestCluster> | undefined

/**
 * Returns the cluster with real pods that all tests of this process share: the one that `CARREL_TEST_KUBECONFIG` names
 * (never `KUBECONFIG`, which may be a production cluster), else the one of a whole run (`test/run.ts`), else one that
 * `../shared/kube/up --node` makes and that ends with this process. Skips the test where there is none.
 */
export async function requireCluster(test: Context): Promise<TestCluster> {
  test.timeout(300_000)
  shared ??= openCluster()
  return clusterOrSkip(test, shared)
}

/** Opens such a cluster outside of tests, for the caller alone, who ends it with `endCluster`. */
export function openCluster(): Promise<TestCluster> {
  const { CARREL_TEST_KUBECONFIG: named, CARREL_TEST_CLUSTER_OF_RUN: ofRun } = process.env
  if (named) return foreignCluster(named)
  return ofRun ? clusterOf(JSON.parse(ofRun) as Instance) : startCluster('--node')
}

/**
 * Starts a cluster without real nodes for the caller alone, who may kill its parts and ends it with `endCluster`. Skips
 * the test where it cannot start.
 */
export async function requireSimulatedCluster(test: Context, nodes = 2): Promise<TestCluster & { instance: Instance }> {
  test.timeout(300_000)
  const { instance, ...cluster } = await clusterOrSkip(test, startCluster('--simulated-nodes', String(nodes)))
  if (instance === undefined) throw new Error('a simulated cluster is always one of ours')
  return { ...cluster, instance }
}

export async function endCluster({ instance }: TestCluster): Promise<void> {
  if (instance !== undefined) await downCluster(instance)
}

/** Sends a signal to a part: `SIGKILL` for an outage, `SIGSTOP` and `SIGCONT` for a part that hangs. */
export function signalPart({ pids }: Instance, part: string, signal: NodeJS.Signals): void {
  const pid = pids[part]
  if (pid === undefined) throw new Error(`the cluster has no ${part}`)
  process.kill(pid, signal)
}

/** Restarts a part that a test has killed. Resolves when the API server is ready. */
export async function restartPart(instance: Instance, part: string): Promise<void> {
  const printed = await runKube('restart', instance.dir, part)
  instance.pids[part] = (JSON.parse(printed) as { pid: number }).pid
}

/** Makes a namespace for one test run, which enforces this Pod Security level. */
export async function makeNamespace({ core }: TestCluster, level = 'restricted'): Promise<string> {
  const name = `carrel-test-${randomBytes(4).toString('hex')}`
  const labels = { 'pod-security.kubernetes.io/enforce': level }
  await core.createNamespace({ body: { metadata: { name, labels } } })
  // Pods are refused until a controller has made the service account.
  await until(async () => (await core.listNamespacedServiceAccount({ namespace: name })).items.length > 0)
  return name
}

export async function removeNamespace({ core }: TestCluster, name: string): Promise<void> {
  await core.deleteNamespace({ name, gracePeriodSeconds: 1 })
}

/** Creates the objects of the first YAML block of the example's README in this namespace. */
export async function grantDocumentedRole({ config }: TestCluster, namespace: string): Promise<void> {
  const readme = await readFile(new URL('../../../examples/kubernetes/README.md', import.meta.url), 'utf8')
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1]
  if (yaml === undefined) throw new Error('examples/kubernetes/README.md shows no Role')
  const objects = KubernetesObjectApi.makeApiClient(config)
  for (const found of loadAllYaml(yaml.replaceAll('namespace: notebooks', `namespace: ${namespace}`))) {
    await objects.create(found as KubernetesObject)
  }
}

/** Writes a kubeconfig into `folder` whose only credential is a token of this service account. Returns its path. */
export async function kubeconfigOf(
  cluster: TestCluster,
  namespace: string,
  account: string,
  folder: string,
): Promise<string> {
  const { status } = await cluster.core.createNamespacedServiceAccountToken({
    namespace,
    name: account,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  })
  const config = new KubeConfig()
  const admin = cluster.config.getCurrentCluster()
  if (admin === null || status === undefined) throw new Error('the cluster gave no token')
  const user = { name: account, token: status.token }
  config.loadFromOptions({
    clusters: [admin],
    users: [user],
    contexts: [{ name: account, cluster: admin.name, user: account, namespace }],
    currentContext: account,
  })
  const path = join(folder, `${namespace}.${account}.kubeconfig`)
  await writeFile(path, config.exportConfig(), { mode: 0o600 })
  return path
}

/** Returns all pods of a server, including those that are being removed. */
export async function podsOf({ core }: TestCluster, namespace: string, server: string): Promise<V1Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `carrel/server=${server}` })
  return items
}

/** Runs a program in the notebook container of a pod, and resolves when it has ended. */
export async function runInPod(cluster: TestCluster, namespace: string, pod: string, command: string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<V1Status>()
  const output = new PassThrough().resume()
  await new Exec(cluster.config).exec(namespace, pod, 'notebook', command, output, output, null, false, resolve)
  const { status, message } = await promise
  if (status !== 'Success') throw new Error(`${command.join(' ')} failed in ${pod}: ${message}`)
}

async function clusterOrSkip(test: Context, starting: Promise<TestCluster>): Promise<TestCluster> {
  try {
    return await starting
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    requirePart(test, 'kubernetes', `no cluster could be started: ${stderr?.trim() || message}`)
    throw error
  }
}

async function startCluster(...options: string[]): Promise<TestCluster> {
  return clusterOf(await upCluster(...options))
}

async function clusterOf(instance: Instance): Promise<TestCluster> {
  // The subnet may have been that of a killed run with rules. Where iptables does not work, there are no rules.
  if (instance.node !== undefined) await liftPolicy(instance.node).catch(() => undefined)
  const loaded = new Map<string, Promise<string>>()
  const load = async (name: TestImage) => {
    const { reference, archive } = await imageArchive(name)
    const mark = join(instance.dir, `loaded-${name}`)
    if (existsSync(mark)) return reference
    await runKube('image-load', instance.dir, archive)
    await writeFile(mark, '')
    return reference
  }
  return {
    ...connect(instance.kubeconfig),
    instance,
    image(name) {
      const loading = loaded.get(name) ?? load(name)
      loaded.set(name, loading)
      return loading
    },
  }
}

/** Connects to the cluster of a kubeconfig. Its nodes must have the test images, or be able to pull them by name. */
async function foreignCluster(kubeconfig: string): Promise<TestCluster> {
  return {
    ...connect(kubeconfig),
    instance: undefined,
    image: async (name) => (await imageArchive(name)).reference,
  }
}

function connect(kubeconfig: string) {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  return { kubeconfig, config, core: config.makeApiClient(CoreV1Api) }
}
