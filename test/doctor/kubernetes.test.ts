import assert from 'node:assert/strict'
import {
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  removeNamespace,
  requireCluster,
  type TestCluster,
} from '../helpers/engines/kubernetes.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { type Bed, makeBed, openPortsBut, secretsForDoctor, serveOn } from './world.ts'

describe('carrel doctor on Kubernetes', function () {
  this.timeout(300_000)
  let cluster: TestCluster
  let namespace: string
  let image: string
  let bed: Bed

  before(async function () {
    cluster = await requireCluster(this)
    image = await cluster.image('jupyter')
    namespace = await makeNamespace(cluster)
    await grantDocumentedRole(cluster, namespace)
    bed = await makeBed()
  })

  after(async () => {
    await bed?.clear()
    if (namespace !== undefined) await removeNamespace(cluster, namespace)
  })

  /** Writes a config whose account has only the rights that the example's README names. */
  async function configure(options: object, more = ''): Promise<void> {
    const kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', bed.dir)
    const standard = { kubeconfig, namespace, imagePullPolicy: 'Never', security: { runAsNonRoot: true } }
    await bed.config(`
      import { temporary } from 'carrel/authenticators/temporary'
      import { defineConfig } from 'carrel/config'
      import { kubernetesSpawner } from 'carrel/spawners/kubernetes'
      export default defineConfig({
        installation: '${testInstallation()}',
        spawner: kubernetesSpawner(${JSON.stringify({ ...standard, ...options })}),
        authenticators: [temporary()],
        courses: { demo: { image: '${image}', limits: { memory: '128M', cpu: 0.5 } } },
        ${more}
      })`)
  }

  it('finds default pods without rights, which reach each other and the API without a policy', async () => {
    const proxy = await serveOn('0.0.0.0', (_request, response) => {
      response.statusCode = 403
      response.end()
    })
    try {
      await configure({ writable: ['/home/jovyan'] }, `proxies: [{ url: 'http://127.0.0.1:${proxy.port}' }],`)
      const { code, findings, problems, errors } = await bed.begin(openPortsBut(proxy.port), secretsForDoctor).report
      assert.equal(code, 1, errors)
      const well = findings.filter(({ verdict }) => verdict === 'ok').map(({ check }) => check)
      const rights = ['capabilities', 'user', 'new privileges', 'seccomp', 'sockets', 'service account', 'processes']
      for (const check of [...rights, 'file system', 'environment'])
        assert.ok(well.includes(check), `${check}\n${errors}`)
      assert.match(findings.find(({ check }) => check === 'file system')?.message ?? '', /read-only/)
      const limit = (name: string) => {
        const found = findings.find(({ check }) => check === `${name} of demo`)
        return `${found?.verdict}, ${found?.message}`
      }
      assert.match(limit('memory'), /^ok, enforced, 128 MB: a (program|server) that (took|takes) more (was|is) ended/)
      assert.match(limit('cores'), /^ok, enforced, 0\.5/)
      assert.match(limit('processes'), /^unknown, .*podPidsLimit/)
      assert.match(limit('open files'), /^ok, enforced, \d+ for each process: more were refused$/)
      assert.match(limit('disk'), /^ok, no limit is said: .*ephemeralStorage/)
      // The network of this cluster enforces no policies, which the doctor must find out.
      assert.match(problems.get('from inside, the server of another learner') ?? '', /:8888.*network policy/)
      assert.match(problems.get('from inside, the API of engine or cluster') ?? '', /network policy/)
      assert.match(problems.get("from inside, a proxy's API") ?? '', new RegExp(`:${proxy.port}\\b`))
      assert.deepEqual((await cluster.core.listNamespacedPod({ namespace })).items, [])
    } finally {
      proxy.close()
    }
  })

  it('finds a problem with each right that options have given', async () => {
    const free = await makeNamespace(cluster, 'privileged')
    try {
      const kubeconfig = cluster.kubeconfig
      const security = { allowPrivilegeEscalation: true, dropCapabilities: [], seccomp: 'Unconfined', runAsUser: 0 }
      await configure({ kubeconfig, namespace: free, automountServiceAccountToken: true, security })
      const { code, problems, errors } = await bed.begin(openPortsBut(), secretsForDoctor).report
      assert.equal(code, 1, errors)
      const expected: [string, RegExp][] = [
        ['capabilities', /security\.dropCapabilities/],
        ['user', /security\.runAsNonRoot/],
        ['new privileges', /security\.allowPrivilegeEscalation/],
        ['seccomp', /RuntimeDefault/],
        ['service account', /automountServiceAccountToken/],
      ]
      for (const [check, message] of expected) assert.match(problems.get(check) ?? [...problems].join('\n'), message)
    } finally {
      await removeNamespace(cluster, free)
    }
  })

  it('gives a pod that takes too much disk a minute to be evicted', async () => {
    await configure({ ephemeralStorage: '30Mi' })
    const { findings, errors } = await bed.begin(openPortsBut(), secretsForDoctor).report
    const said = (name: string) => findings.find(({ check }) => check === `${name} of demo`)
    assert.equal(said('disk')?.message, 'enforced, 30 MB: a server that takes more is ended (Evicted)', errors)
    assert.match(said('memory')?.message ?? '', /^enforced, 128 MB: a (program|server) /)
    assert.deepEqual((await cluster.core.listNamespacedPod({ namespace })).items, [])
  })

  it('says why it could not look inside where no server starts', async () => {
    await configure({}, `courses: { demo: { image: 'carrel.test/absent:1' } },`)
    const { findings, errors } = await bed.begin(openPortsBut(), secretsForDoctor).report
    const isolation = findings.find(({ check }) => check === 'isolation')
    assert.equal(isolation?.verdict, 'unknown', errors)
    assert.match(isolation?.message ?? '', /no server of demo could be asked: .*image.*ErrImageNeverPull/)
    assert.deepEqual((await cluster.core.listNamespacedPod({ namespace })).items, [])
  })
})
