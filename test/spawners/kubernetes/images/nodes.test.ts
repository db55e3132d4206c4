// Tests of which nodes are asked for images, on a cluster with simulated nodes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppsV1Api, type KubernetesObject, KubernetesObjectApi, loadAllYaml } from '@kubernetes/client-node'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import type { KubernetesOptionsInput } from '../../../../spawners/kubernetes/options.ts'
import type { Spawner } from '../../../../spawners/spawner.ts'
import type { Instance } from '../../../helpers/engines/kube.ts'
import {
  endCluster,
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  requireSimulatedCluster,
  type TestCluster,
} from '../../../helpers/engines/kubernetes.ts'
import { until } from '../../../helpers/until.ts'

const plain = { options: {}, gpu: false }
const withGpu = { options: {}, gpu: true }

describe('images on the nodes of a cluster', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
  const never = new AbortController().signal
  const opened: Spawner[] = []
  let cluster: TestCluster & { instance: Instance }
  let namespace: string
  let folder: string

  before(async function () {
    cluster = await requireSimulatedCluster(this, 3)
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    await cluster.core.patchNode({
      name: 'simulated-2',
      body: [{ op: 'add', path: '/spec/taints', value: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }],
    })
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

  it('are fetched by those nodes that may run their servers, and let go when no course has them', async () => {
    const images = await open({})
    const uses = [
      { image: 'registry.test/a:1', uses: [plain] },
      { image: 'registry.test/b:1', uses: [withGpu] },
      { image: 'registry.test/c:1', uses: [plain, withGpu] },
    ]
    const found = await images.bring(uses, { signal: never, report: () => undefined })
    assert.deepEqual(
      found.map(({ places, problem }) => [places, problem]),
      [2, 1, 3].map((all) => [{ having: all, all }, undefined]),
    )
    assert.deepEqual(await setsByNodes(), {
      'simulated-0 simulated-1': ['a', 'c'],
      'simulated-2': ['b', 'c'],
    })
    for (const { metadata, spec } of (await cluster.core.listNamespacedPod({ namespace })).items) {
      assert.equal(spec?.automountServiceAccountToken, false)
      assert.equal(metadata?.labels?.['app.kubernetes.io/component'], 'images')
    }

    await images.bring([{ image: 'registry.test/d:1', uses: [plain] }], { signal: never, report: () => undefined })
    assert.deepEqual((await setsByNodes())['simulated-0 simulated-1'], ['a', 'c', 'd'])

    await keep(images, [uses[0], uses[2]])
    assert.deepEqual(await sets(), [['a', 'c'], ['c']])
    await keep(images, [uses[0]])
    assert.deepEqual(await sets(), [['a']])
    await keep(images, [])
    assert.deepEqual(await setsByNodes(), {})
    await until(async () => (await cluster.core.listNamespacedPod({ namespace })).items.length === 0)
  })

  it('are there only together with those of the containers beside their servers', async () => {
    const images = await open({})
    const sidecars = [{ name: 'sync', image: 'registry.test/sync:1' }]
    const initContainers = [{ name: 'first', image: 'registry.test/tools:1', imagePullPolicy: 'Never' }]
    const beside = { options: { sidecars, initContainers }, gpu: false }
    await images.bring([{ image: 'registry.test/a:1', uses: [plain] }], { signal: never, report: () => undefined })
    const use = { image: 'registry.test/a:1', uses: [beside, plain] }
    const [before] = await images.find([use], { signal: never })
    assert.deepEqual(before?.places, { having: 0, all: 2 })
    assert.match(
      before?.problem ?? '',
      /lack registry\.test\/a:1, or what its servers need beside it \(registry.test\/tools:1, registry.test\/sync:1\)/,
    )

    const [after] = await images.bring([use], { signal: never, report: () => undefined })
    assert.deepEqual([after?.places, after?.problem], [{ having: 2, all: 2 }, undefined])
    assert.deepEqual(await sets(), [['a', 'sync', 'tools']])
    assert.deepEqual((await images.find([use], { signal: never }))[0]?.places, { having: 2, all: 2 })
    const [set] = (await cluster.config.makeApiClient(AppsV1Api).listNamespacedDaemonSet({ namespace })).items
    const policies = set?.spec?.template.spec?.containers.map(
      ({ image, imagePullPolicy }) => `${image} ${imagePullPolicy}`,
    )
    assert.ok(policies?.includes('registry.test/tools:1 Never') && policies.includes('registry.test/sync:1 Always'))

    await keep(images, [{ image: 'registry.test/a:1', uses: [plain] }])
    assert.deepEqual(await sets(), [['a']])
  })

  it('are no servers and no errands, and another installation neither sees nor lets go of them', async () => {
    const spawner = await openSpawner({})
    const use = [{ image: 'registry.test/a:1', uses: [plain] }]
    await spawner.images?.bring(use, { signal: never, report: () => undefined })
    assert.deepEqual([await spawner.list(), await spawner.errands?.list()], [[], []])
    const other = await openSpawner({}, { name: 'other', id: 'f00d' })
    assert.equal((await other.images?.find(use, { signal: never }))?.[0]?.places.having, 0)
    await other.images?.keep?.([], { signal: never })
    assert.equal(Object.keys(await setsByNodes()).length, 1)
  })

  it('are not waited for on a node that is closed, and there are none where no node may run their servers', async () => {
    const images = await open({})
    await cluster.core.patchNode({
      name: 'simulated-1',
      body: [{ op: 'add', path: '/spec/unschedulable', value: true }],
    })
    try {
      const use = { image: 'registry.test/a:1', uses: [plain] }
      await until(async () => (await images.find([use], { signal: never }))[0]?.places.all === 1)
      const nowhere = {
        image: 'registry.test/b:1',
        uses: [{ options: { nodeSelector: { disk: 'none' } }, gpu: false }],
      }
      const found = await images.bring([use, nowhere], { signal: never, report: () => undefined })
      assert.deepEqual(
        found.map(({ places }) => places),
        [
          { having: 1, all: 1 },
          { having: 0, all: 0 },
        ],
      )
      assert.match(found[1]?.problem ?? '', /^No node is there at the moment/)
    } finally {
      await cluster.core.patchNode({
        name: 'simulated-1',
        body: [{ op: 'add', path: '/spec/unschedulable', value: false }],
      })
    }
  })

  it('say which options of a course are wrong, and bring the others', async () => {
    const images = await open({})
    const wrong = { image: 'registry.test/a:1', uses: [{ options: { labels: { 'carrel/server': 'x' } }, gpu: false }] }
    const right = { image: 'registry.test/b:1', uses: [plain] }
    const [first, second] = await images.bring([wrong, right], { signal: never, report: () => undefined })
    assert.match(first?.problem ?? '', /^Its options are wrong: options\.labels\.carrel\/server: /)
    assert.deepEqual(second?.places, { having: 2, all: 2 })
  })

  it('need no more rights than the example gives, and know more where nodes may be listed', async () => {
    await grantDocumentedRole(cluster, namespace)
    const kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', folder)
    const images = await open({ kubeconfig })
    const a = { image: 'registry.test/a:1', uses: [plain] }
    const b = { image: 'registry.test/b:1', uses: [plain] }
    const [before] = await images.find([a], { signal: never })
    assert.deepEqual(before?.places, { having: 0, all: 0 })
    assert.match(before?.problem ?? '', /is not known/)
    const [brought] = await images.bring([a], { signal: never, report: () => undefined })
    assert.deepEqual([brought?.places, brought?.problem], [{ having: 2, all: 2 }, undefined])
    assert.deepEqual(await images.find([a], { signal: never }), [brought])

    const readme = await readFile(new URL('../../../../examples/kubernetes/README.md', import.meta.url), 'utf8')
    const yaml = readme.match(/```yaml\n.*?```/gs)?.find((block) => block.includes('kind: ClusterRole'))
    const text = yaml?.replace(/```(yaml)?/g, '').replaceAll('namespace: notebooks', `namespace: ${namespace}`) ?? ''
    const objects = KubernetesObjectApi.makeApiClient(cluster.config)
    for (const found of loadAllYaml(text)) await objects.create(found as KubernetesObject)
    await until(async () => (await images.find([b], { signal: never }))[0]?.places.all === 2)
  })

  async function openSpawner(options: KubernetesOptionsInput, owner = installation): Promise<Spawner> {
    const gpu = { tolerations: [{ key: 'gpu', operator: 'Exists' as const }], nodeAffinity: gpuNode }
    const standard = { kubeconfig: cluster.kubeconfig, namespace, security: { runAsNonRoot: true }, gpu }
    const plugin = kubernetesSpawner({ ...standard, ...options })
    const context = { installation: owner, dataDir: folder, hubUrl: '', serversUrl: '', warn: () => undefined }
    const spawner = await plugin.open(context)
    opened.push(spawner)
    return spawner
  }

  async function open(options: KubernetesOptionsInput) {
    const { images } = await openSpawner(options)
    assert.ok(images)
    return images
  }

  async function keep(images: NonNullable<Spawner['images']>, uses: unknown[]): Promise<void> {
    await images.keep?.(uses as never, { signal: never })
  }

  /** Returns the images of each DaemonSet, whose pods may be on their way. */
  async function sets(): Promise<string[][]> {
    const { items } = await cluster.config.makeApiClient(AppsV1Api).listNamespacedDaemonSet({ namespace })
    return items
      .map(({ spec }) => spec?.template.spec?.containers.map(({ image = '' }) => image.replace(/.*\/|:1$/g, '')) ?? [])
      .sort(([one = ''], [two = '']) => (one < two ? -1 : 1))
  }

  /** Returns the images of each DaemonSet by the nodes on which its pods are. */
  async function setsByNodes(): Promise<Record<string, string[]>> {
    const apps = cluster.config.makeApiClient(AppsV1Api)
    const { items } = await apps.listNamespacedDaemonSet({ namespace })
    const nodes = async (key: string | undefined) => {
      const { items: pods } = await cluster.core.listNamespacedPod({ namespace, labelSelector: `carrel/images=${key}` })
      return pods.map(({ spec }) => spec?.nodeName).sort()
    }
    const entries = items.map(async ({ metadata, spec }) => {
      const images = spec?.template.spec?.containers.map(({ image = '' }) => image.replace(/.*\/|:1$/g, ''))
      return [[...new Set(await nodes(metadata?.labels?.['carrel/images']))].join(' '), images] as const
    })
    return Object.fromEntries((await Promise.all(entries)).sort(([one], [two]) => (one < two ? -1 : 1))) as never
  }
})

const gpuNode = [{ key: 'kubernetes.io/hostname', operator: 'In' as const, values: ['simulated-2'] }]
