import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Carrel, projectDir, startCarrel } from '../helpers/carrel.ts'
import { cleanupAfterAll } from '../helpers/cleanup.ts'
import {
  grantDocumentedRole,
  kubeconfigOf,
  makeNamespace,
  removeNamespace,
  requireCluster,
  type TestCluster,
} from '../helpers/engines/kubernetes.ts'
import {
  enforcePolicy,
  liftPolicy,
  type PolicyNode,
  policyMissing,
  rulesOf,
} from '../helpers/engines/network-policy.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { requirePart } from '../helpers/require.ts'
import { type Bed, type DoctorReport, makeBed, serveOn } from './world.ts'

const run = promisify(execFile)

describe("carrel doctor on Kubernetes, with the example's config and network policy", function () {
  this.timeout(300_000)
  // This is one of the metadata addresses that the doctor knows. The test machine is in no cloud, so it answers there.
  const metadata = '169.254.170.2'
  let cluster: TestCluster
  let namespace: string
  let node: PolicyNode
  let bed: Bed
  let carrel: Carrel
  let env: Record<string, string>
  const cleanup = cleanupAfterAll()

  before(async function () {
    cluster = await requireCluster(this)
    requirePart(this, 'kubernetes', await policyMissing(cluster))
    assert.ok(cluster.instance?.node)
    const free = await serveOn(cluster.instance.node.address, () => undefined)
    free.close()
    node = { ...cluster.instance.node, internalPort: free.port }
    cleanup.defer(() => liftPolicy(node))
    namespace = await makeNamespace(cluster)
    cleanup.defer(() => removeNamespace(cluster, namespace))
    await grantDocumentedRole(cluster, namespace)
    await answerAsMetadata()
    const naked = await serveOn('0.0.0.0', (_request, response) => response.end('hello'))
    cleanup.defer(naked.close)

    const hub = { internal: { ip: node.address, port: node.internalPort } }
    const config = `
      import example from '${join(projectDir, 'examples/kubernetes/carrel.config.ts')}'
      export default { ...example, installation: '${testInstallation()}', hub: ${JSON.stringify(hub)} }`
    const keys = await makeBed()
    cleanup.defer(keys.clear)
    const kubeconfig = await kubeconfigOf(cluster, namespace, 'carrel-hub', keys.dir)
    env = { KUBECONFIG: kubeconfig, CARREL_NAMESPACE: namespace, CARREL_IMAGE: await cluster.image('jupyter') }
    carrel = await startCarrel({ config, env })
    cleanup.defer(() => carrel.stop())
    bed = await makeBed(join(carrel.dataDir, 'data'))
    cleanup.defer(bed.clear)
    await bed.config(config)
  })

  /** Answers at the metadata address. The address is on the cluster's bridge, and ends with it at the latest. */
  async function answerAsMetadata(): Promise<void> {
    // Node does not list a bridge without a pod.
    const { stdout } = await run('ip', ['-json', 'address', 'show', 'to', node.address])
    const bridge: string = JSON.parse(stdout)[0].ifname
    await run('ip', ['address', 'replace', `${metadata}/32`, 'dev', bridge])
    cleanup.defer(() => run('ip', ['address', 'delete', `${metadata}/32`, 'dev', bridge]))
    // The port is shared, since several runs of the tests may use it at the same time.
    const server = createServer((_request, response) => response.end('{"AccessKeyId":"…"}'))
    await once(server.listen({ host: metadata, port: 80, reusePort: true }), 'listening')
    cleanup.defer(() => {
      server.close()
      server.closeAllConnections()
    })
  }

  /** Runs the doctor without excusing a port of the machine. */
  const askDoctor = (): Promise<DoctorReport> => bed.begin([], env).report

  it('finds no problem where the network enforces the policy', async () => {
    await enforcePolicy(node)
    try {
      const { code, findings, problems, errors } = await askDoctor()
      assert.deepEqual([...problems], [], errors)
      assert.equal(code, 0)
      const said = (check: string) => findings.find((finding) => finding.check === check)?.message ?? ''
      const closed = said('from inside')
      for (const name of [
        'the server of another learner',
        'the API of engine or cluster',
        'the Kubernetes API',
        "a proxy's API",
        "the hub's public listener",
        'a port of this machine',
        'the metadata address of the cloud',
      ])
        assert.ok(closed.includes(name), `${name} is not among: ${closed}`)
      assert.match(
        said("from inside, the hub's internal listener"),
        new RegExp(`answers at .*:${node.internalPort}, serves its API only, and refuses who has no token`),
      )
      // Only a start shows whether a node gets an image. Kubernetes shows the limit of processes only to the kubelet's
      // administrator, and ten gigabytes are not written to try the limit of a disk.
      const unclear = findings.filter(({ verdict }) => verdict !== 'ok').map(({ check }) => check)
      assert.deepEqual(
        unclear.filter((check) => !/^(processes|disk) of /.test(check)),
        ['spawner kubernetes'],
      )
    } finally {
      await liftPolicy(node)
    }
    assert.deepEqual((await cluster.core.listNamespacedPod({ namespace })).items, [])
  })

  it('finds each of these problems where the network does not enforce it', async () => {
    const { code, problems, errors } = await askDoctor()
    assert.equal(code, 1, errors)
    for (const name of [
      'the server of another learner',
      'the API of engine or cluster',
      'a port of this machine',
      'the metadata address of the cloud',
    ])
      assert.ok(problems.has(`from inside, ${name}`), `${name} is closed\n${errors}`)
  })

  it('leaves no rule behind, not even those of an interrupted run', async () => {
    await enforcePolicy(node)
    const first = await rulesOf(node)
    await enforcePolicy(node)
    assert.deepEqual(await rulesOf(node), first)
    assert.ok(first.length > 0)
    await liftPolicy(node)
    assert.deepEqual(await rulesOf(node), [])
  })
})
