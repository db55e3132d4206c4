import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../../spawners/kubernetes/pod.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import {
  makeNamespace,
  removeNamespace,
  requireCluster,
  type TestCluster,
} from '../../../helpers/engines/kubernetes.ts'
import { newSpec, startContext, webServer } from '../../../helpers/engines/started.ts'
import { until } from '../../../helpers/until.ts'

type Mounts = NonNullable<KubernetesOptionsInput['mounts']>

describe('claims and folders of the operator, as the Kubernetes spawner mounts them', () => {
  const wrong: [what: string, mount: Mounts[number], expected: RegExp][] = [
    ['neither a claim nor a folder', { path: '/srv/a' }, /either a claim or a hostPath/],
    ['both', { claim: 'a', hostPath: '/data', path: '/srv/a' }, /either a claim or a hostPath/],
    ['a claim of Carrel’s own', { claim: 'carrel-home-abc', path: '/srv/a' }, /own claims/],
    ['a folder that goes up', { hostPath: '/data/../etc', path: '/srv/a' }, /absolute folder/],
    ['the node’s kubelet', { hostPath: '/var/lib/kubelet/pods', path: '/srv/a' }, /the node itself/],
    ['a folder around it', { hostPath: '/var', path: '/srv/a' }, /the node itself/],
    ['a path that is not free', { claim: 'a', path: '/tmp/x' }, /not free in servers/],
  ]
  for (const [what, mount, expected] of wrong) {
    it(`refuses ${what}`, () => {
      assert.match(String(kubernetesOptions.safeParse({ mounts: [mount] }).error), expected)
    })
  }

  it('are read-only unless the option says otherwise, and meet no home and no bundle', () => {
    const options = kubernetesOptions.parse({
      mounts: [
        { claim: 'sets', path: '/srv/sets' },
        { hostPath: '/data/notes', path: '/srv/notes', readOnly: false },
      ],
    })
    const installation = { name: 'campus', id: 'f00d' }
    const build = (more = {}) => buildPod(newSpec('image', ['true'], more), [], installation, options)
    const { volumes, containers } = build().spec ?? {}
    assert.deepEqual(volumes, [
      { name: 'mount-0', persistentVolumeClaim: { claimName: 'sets' } },
      { name: 'mount-1', hostPath: { path: '/data/notes', type: 'Directory' } },
    ])
    assert.deepEqual(containers?.[0]?.volumeMounts, [
      { name: 'mount-0', mountPath: '/srv/sets', readOnly: true },
      { name: 'mount-1', mountPath: '/srv/notes', readOnly: false },
    ])
    for (const path of ['/srv/sets', '/srv', '/srv/notes/mine'])
      assert.throws(() => build({ home: { id: 'a'.repeat(12), state: {}, path, fromImage: false } }), /no place/)
  })

  describe('on a real node', function () {
    this.timeout(300_000)
    const cleanup = cleanupAfterEach()
    let cluster: TestCluster
    let namespace: string

    before(async function () {
      cluster = await requireCluster(this)
      namespace = await makeNamespace(cluster, 'baseline')
    })
    after(async () => {
      if (namespace !== undefined) await removeNamespace(cluster, namespace)
    })

    it('are seen by servers, which write only where they may', async () => {
      const body = {
        metadata: { name: 'sets' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
      }
      await cluster.core.createNamespacedPersistentVolumeClaim({ namespace, body })
      const image = await cluster.image('tiny')
      const said = async (readOnly: boolean, script: string): Promise<string> => {
        const mounts = [{ claim: 'sets', path: '/srv/sets', readOnly }]
        const { kubeconfig } = cluster
        const plugin = kubernetesSpawner({ kubeconfig, namespace, mounts, security: { fsGroup: 100 } })
        const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
        const where = { dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
        const spawner = await plugin.open({ installation, ...where })
        cleanup.defer(() => spawner.close?.())
        const spec = newSpec(image, ['sh', '-c', `${script}; echo done; exec ${webServer.join(' ')}`])
        await spawner.start(spec, startContext())
        const name = `carrel-${spec.server}-1`
        const text = await until(async () => {
          const log = await cluster.core.readNamespacedPodLog({ namespace, name, container: 'notebook' })
          return log.includes('done') && log
        })
        await spawner.stop(spec, undefined, { graceSeconds: 1 })
        return text
      }
      assert.match(await said(false, 'echo kept > /srv/sets/a'), /done/)
      assert.match(await said(true, 'cat /srv/sets/a; echo x > /srv/sets/b || echo refused'), /kept.*refused/s)
    })
  })
})
