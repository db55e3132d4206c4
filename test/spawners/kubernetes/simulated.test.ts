// Tests of scheduling, rights and outages, on a cluster with simulated nodes, whose parts may be killed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig, RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node'
import { openPodApi } from '../../../spawners/kubernetes/api/api.ts'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../spawners/kubernetes/pod.ts'
import type { ServerSpec, Spawner, StartProgress } from '../../../spawners/spawner.ts'
import type { Instance } from '../../helpers/engines/kube.ts'
import {
  endCluster,
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  podsOf,
  requireSimulatedCluster,
  restartPart,
  signalPart,
  type TestCluster,
} from '../../helpers/engines/kubernetes.ts'
import { newSpec as specOf, startContext } from '../../helpers/engines/started.ts'
import { until } from '../../helpers/until.ts'

const gpuLabel = 'ol.mit.edu/gpu_node'
const gpu: KubernetesOptionsInput['gpu'] = {
  nodeAffinity: [{ key: gpuLabel, operator: 'In', values: ['true'] }],
  tolerations: [{ key: gpuLabel, operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
}

describe('the Kubernetes spawner on a whole cluster', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
  let cluster: TestCluster & { instance: Instance }
  let namespace: string
  let folder: string
  const opened: Spawner[] = []

  before(async function () {
    cluster = await requireSimulatedCluster(this)
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })

  beforeEach(async () => {
    namespace = await makeNamespace(cluster)
  })

  afterEach(async () => {
    for (const spawner of opened.splice(0)) await spawner.close?.()
  })

  after(async () => {
    if (cluster !== undefined) await endCluster(cluster)
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  it('gives GPU courses the nodes with GPUs, and no other course', async () => {
    await cluster.core.patchNode({
      name: 'simulated-1',
      body: [
        { op: 'add', path: `/metadata/labels/${gpuLabel.replace('/', '~1')}`, value: 'true' },
        { op: 'add', path: '/spec/taints', value: [{ key: gpuLabel, value: 'true', effect: 'NoSchedule' }] },
      ],
    })
    const spawner = await open({ gpu })
    const specs = Array.from({ length: 8 }, (_, index) => newSpec({ gpu: index % 2 === 0 }))
    await Promise.all(specs.map((spec) => spawner.start(spec, startContext())))
    for (const spec of specs) {
      const pod = await podOf(spec)
      assert.equal(pod.spec?.nodeName, spec.gpu ? 'simulated-1' : 'simulated-0')
      assert.equal(pod.spec?.tolerations?.some(({ key }) => key === gpuLabel) ?? false, spec.gpu)
      assert.equal(pod.spec?.containers[0]?.resources?.limits?.['nvidia.com/gpu'], spec.gpu ? '1' : undefined)
    }
  })

  it('lets a server have settings of its own in place of the spawner’s, each as a whole', async () => {
    const fpga = 'example.org/fpga'
    await cluster.core.patchNodeStatus({
      name: 'simulated-0',
      body: [
        { op: 'add', path: `/status/capacity/${fpga.replace('/', '~1')}`, value: '1' },
        { op: 'add', path: `/status/allocatable/${fpga.replace('/', '~1')}`, value: '1' },
      ],
    })
    await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'measuring' } } })
    const spawner = await open({ labels: { team: 'maths', floor: '3' }, nodeSelector: { nothing: 'has-this' } })
    const options = {
      nodeSelector: { 'kubernetes.io/hostname': 'simulated-0' },
      labels: { team: 'physics' },
      devices: { [fpga]: 1 },
      internet: false,
      serviceAccountName: 'measuring',
      podAffinity: [{ weight: 1 }, { labels: { app: 'loud' }, apart: true }],
      topologySpread: [{ topologyKey: 'kubernetes.io/hostname' }],
    }
    const spec = newSpec({ options })
    await spawner.start(spec, startContext())
    const { metadata, spec: pod } = await podOf(spec)
    assert.deepEqual([pod?.nodeName, pod?.serviceAccountName], ['simulated-0', 'measuring'])
    const { team, floor, 'carrel/internet': internet } = metadata?.labels ?? {}
    assert.deepEqual([team, floor, internet], ['physics', undefined, 'no'])
    assert.equal(metadata?.annotations?.['cluster-autoscaler.kubernetes.io/safe-to-evict'], 'false')
    assert.equal(metadata?.annotations?.['karpenter.sh/do-not-disrupt'], 'true')
    assert.equal((await spawner.start(spec, startContext())).adopted, true)

    const wrong = newSpec({ options: { labels: { 'carrel/server': 'another' } } })
    await assert.rejects(spawner.start(wrong, startContext()), {
      name: 'SpawnError',
      lasts: true,
      detail: /^options\.labels\.carrel\/server: .*Carrel's own/,
    })
    assert.deepEqual(await podsOf(cluster, namespace, wrong.server), [])
  })

  it('waits while no node has room, and reports it', async () => {
    const spawner = await open({})
    const spec = newSpec({ limits: { cpuGuarantee: 1000 } })
    const waiting = Promise.withResolvers<StartProgress>()
    const nobody = new AbortController()
    const started = spawner.start(
      spec,
      startContext({
        signal: nobody.signal,
        report: (progress) => progress.message?.startsWith('No machine has room') && waiting.resolve(progress),
      }),
    )
    assert.equal((await waiting.promise).phase, 'creating')
    const status = await spawner.poll(spec, undefined)
    assert.ok(
      status.state === 'pending' && /^no node has room: .*cpu/.test(status.problem ?? ''),
      JSON.stringify(status),
    )
    nobody.abort(new Error('the time is over'))
    await assert.rejects(started, /^Error: the time is over$/)
    await spawner.stop(spec, undefined, { graceSeconds: 1 })
    assert.deepEqual(await podsOf(cluster, namespace, spec.server), [])
  })

  it('keeps a pod from the scheduler until its state is recorded', async () => {
    const spawner = await open({})
    const spec = newSpec()
    const gatesAndNode = async () => {
      const { schedulingGates, nodeName } = (await podOf(spec)).spec ?? {}
      return [schedulingGates?.map(({ name }) => name), nodeName]
    }
    const lost = new Error('lost')
    const record = async () => {
      assert.deepEqual(await gatesAndNode(), [['carrel/recorded'], undefined])
      assert.deepEqual(await spawner.poll(spec, undefined), { state: 'gone' })
      throw lost
    }
    await assert.rejects(spawner.start(spec, startContext({ record })), lost)
    assert.deepEqual(await gatesAndNode(), [['carrel/recorded'], undefined])
    const { adopted } = await spawner.start(spec, startContext())
    assert.equal(adopted, true)
    assert.match(String((await gatesAndNode())[1]), /^simulated-/)
  })

  it("removes its own gate and leaves another controller's", async () => {
    const spec = newSpec()
    const body = buildPod(spec, [], installation, kubernetesOptions.parse({ security: { runAsNonRoot: true } }))
    body.spec?.schedulingGates?.unshift({ name: 'queue.example.org/admission' })
    await cluster.core.createNamespacedPod({ namespace, body })
    const spawner = await open({})
    const released = new AbortController()
    const started = spawner.start(
      spec,
      startContext({
        signal: released.signal,
        report: ({ message }) => message?.startsWith('Looking for') && released.abort(new Error('seen')),
      }),
    )
    await assert.rejects(started, /seen/)
    const gates = (await podOf(spec)).spec?.schedulingGates ?? []
    assert.deepEqual(
      gates.map(({ name }) => name),
      ['queue.example.org/admission'],
    )
    assert.deepEqual(await spawner.poll(spec, undefined), { state: 'pending' })
  })

  it('lists more pods than fit into one answer', async () => {
    const spawner = await open({})
    const specs = Array.from({ length: 260 }, () => newSpec())
    for (let first = 0; first < specs.length; first += 20) {
      await Promise.all(specs.slice(first, first + 20).map((spec) => spawner.start(spec, startContext())))
    }
    const found = await spawner.list()
    assert.deepEqual(new Set(found.map(({ server }) => server)), new Set(specs.map(({ server }) => server)))
    assert.ok(found.every(({ running, run }) => running && run === 1))
  })

  it('rejects every call when the API server is unreachable', async () => {
    const spawner = await open({})
    const spec = newSpec()
    const { state } = await spawner.start(spec, startContext())
    signalPart(cluster.instance, 'kube-apiserver', 'SIGKILL')
    const away = { name: 'KubernetesError', message: /cannot be reached/ }
    await assert.rejects(spawner.poll(spec, state), away)
    await assert.rejects(spawner.list(), away)
    await assert.rejects(spawner.stop(spec, state, { graceSeconds: 1 }), away)
    const warnings: string[] = []
    const early = await open({}, { warn: (message) => warnings.push(message) })
    assert.match(warnings.join(), /cannot be started at the moment: .*cannot be reached/)

    const next = newSpec()
    const seen: string[] = []
    const started = early.start(next, startContext({ report: ({ message }) => message && seen.push(message) }))
    await restartPart(cluster.instance, 'kube-apiserver')
    await started
    assert.ok(seen.includes('The cluster does not answer. Trying again.'))
    assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
  })

  it('rejects with the reason of its signal while the API server hangs', async () => {
    const spawner = await open({})
    signalPart(cluster.instance, 'kube-apiserver', 'SIGSTOP')
    try {
      const impatient = new AbortController()
      const started = spawner.start(newSpec(), startContext({ signal: impatient.signal }))
      setImmediate(() => impatient.abort(new Error('nobody waits')))
      await assert.rejects(started, /^Error: nobody waits$/)
    } finally {
      signalPart(cluster.instance, 'kube-apiserver', 'SIGCONT')
    }
  })

  it('removes only the object that it has read, not a new one with the same name', async () => {
    const spawner = await open({})
    const spec = newSpec()
    const { state } = await spawner.start(spec, startContext())
    const api = openPodApi(cluster.config, namespace)
    await api.remove(`carrel-${spec.server}-1`, '00000000-0000-4000-8000-000000000000', 1)
    await api.close()
    assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
  })

  /**
   * Returns whether the quota has effect. It does when the API server has seen the status that the controller wrote.
   */
  async function isFull(): Promise<boolean> {
    const securityContext = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }
    const closed = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
    const spec = { securityContext, containers: [{ name: 'trial', image: 'trial', securityContext: closed }] }
    const trial = cluster.core.createNamespacedPod({
      namespace,
      dryRun: 'All',
      body: { metadata: { name: 'trial' }, spec },
    })
    return trial.then(
      () => false,
      (error: unknown) => String(error).includes('exceeded quota'),
    )
  }

  it("explains that the namespace's quota is used up", async () => {
    await cluster.core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name: 'few' }, spec: { hard: { pods: '0' } } },
    })
    await until(isFull)
    const spawner = await open({})
    await assert.rejects(spawner.start(newSpec(), startContext()), {
      name: 'SpawnError',
      message: 'All places for notebook servers are taken.',
      detail: /exceeded quota: few/,
    })
  })

  it("explains that the namespace's policy refuses the pod", async () => {
    const spawner = await open({ security: {} })
    await assert.rejects(spawner.start(newSpec(), startContext()), {
      name: 'SpawnError',
      detail: /violates PodSecurity "restricted/,
    })
  })

  describe('with the rights of a service account', () => {
    let kubeconfig: string

    beforeEach(async () => {
      await grantDocumentedRole(cluster, namespace)
      kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', folder)
    })

    it("uses the namespace of the kubeconfig's context", async () => {
      const spawner = await open({ kubeconfig, namespace: undefined })
      const spec = newSpec()
      await spawner.start(spec, startContext())
      assert.equal((await podOf(spec)).metadata?.namespace, namespace)
    })

    it('opens without the rights to logs and events, with a warning', async () => {
      await allow([{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }])
      const warnings: string[] = []
      await open({ kubeconfig }, { warn: (message) => warnings.push(message) })
      assert.match(warnings.join(), /may not get pods\/log, list events in the namespace "carrel-test-\w+"/)
    })

    it('refuses to open when a right is missing, and names it', async () => {
      await allow([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create'] }])
      await assert.rejects(open({ kubeconfig }), /may not patch pods, delete pods in the namespace .*README/)
      await assert.rejects(open({ kubeconfig, namespace: 'kube-system' }), /may not get pods, list pods, create pods/)
    })

    it('names the right that it has lost since it was opened', async () => {
      const spawner = await open({ kubeconfig })
      await allow([])
      const denied = /the hub lacks the permission to \w+ pods/
      await assert.rejects(spawner.list(), denied)
      await assert.rejects(spawner.poll(newSpec(), undefined), denied)
      await assert.rejects(spawner.start(newSpec(), startContext()), { name: 'SpawnError', detail: denied })
    })

    /** Replaces the Role's rules, and waits until they have effect. */
    async function allow(rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[]): Promise<void> {
      const rbac = cluster.config.makeApiClient(RbacAuthorizationV1Api)
      const metadata = { name: 'carrel-hub', namespace }
      await rbac.replaceNamespacedRole({ name: 'carrel-hub', namespace, body: { metadata, rules } })
      const config = new KubeConfig()
      config.loadFromFile(kubeconfig)
      const api = openPodApi(config, namespace)
      await until(async () => !(await api.mayI('get', 'pods', 'log')))
      await api.close()
    }
  })

  it('refuses to open without a cluster, a context, or credentials that the cluster knows', async () => {
    await assert.rejects(open({ kubeconfig: join(folder, 'none') }), /the kubeconfig cannot be read: .*ENOENT/)
    await assert.rejects(open({ context: 'elsewhere' }), /has no context "elsewhere"/)
    await assert.rejects(open({ kubeconfig: await kubeconfigWith('wrong') }), /does not know the hub's credentials/)
  })

  it('opens with a warning when no API server listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await new Promise((resolve) => server.close(resolve))
    const warnings: string[] = []
    const kubeconfig = await kubeconfigWith('any', `https://127.0.0.1:${port}`)
    await open({ kubeconfig }, { warn: (message) => warnings.push(message) })
    assert.match(warnings.join(), /ECONNREFUSED/)
  })

  async function open(options: KubernetesOptionsInput, { warn = neverWarn } = {}): Promise<Spawner> {
    const standard = { kubeconfig: cluster.kubeconfig, namespace, security: { runAsNonRoot: true } }
    const plugin = kubernetesSpawner({ ...standard, ...options })
    const spawner = await plugin.open({ installation, dataDir: folder, hubUrl: '', serversUrl: '', warn })
    opened.push(spawner)
    return spawner
  }

  async function podOf({ server }: ServerSpec): Promise<V1Pod> {
    const [pod, ...others] = await podsOf(cluster, namespace, server)
    assert.ok(pod !== undefined && others.length === 0)
    return pod
  }

  async function kubeconfigWith(token: string, server?: string): Promise<string> {
    const config = new KubeConfig()
    config.loadFromFile(cluster.kubeconfig)
    const [known] = config.clusters
    assert.ok(known)
    const path = join(folder, `${randomBytes(4).toString('hex')}.kubeconfig`)
    const changed = new KubeConfig()
    changed.loadFromClusterAndUser({ ...known, server: server ?? known.server }, { name: 'somebody', token })
    await writeFile(path, changed.exportConfig())
    return path
  }
})

function neverWarn(message: string): void {
  throw new Error(`warned: ${message}`)
}

/** Returns a spec with an image that does not exist: simulated nodes accept any image. */
function newSpec(part: Partial<ServerSpec> = {}): ServerSpec {
  return specOf('registry.test/tiny:1', ['serve'], part)
}
