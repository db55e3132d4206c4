// A pod on a node that does not answer keeps its home, whatever is asked for, until the node is deleted.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import type { Spawner } from '../../../spawners/spawner.ts'
import type { Instance } from '../../helpers/engines/kube.ts'
import {
  endCluster,
  makeNamespace,
  podsOf,
  requireSimulatedCluster,
  signalPart,
  type TestCluster,
} from '../../helpers/engines/kubernetes.ts'
import { newSpec, startContext } from '../../helpers/engines/started.ts'
import { until } from '../../helpers/until.ts'

describe('a home on a node that is lost', function () {
  this.timeout(300_000)

  let cluster: TestCluster & { instance: Instance }
  let spawner: Spawner

  before(async function () {
    cluster = await requireSimulatedCluster(this, 1)
  })

  after(async () => {
    await spawner?.close?.()
    if (cluster !== undefined) await endCluster(cluster)
  })

  it('stays with its pod, which neither stop nor removal takes it from, until the node is deleted', async () => {
    const { core, kubeconfig, instance } = cluster
    const namespace = await makeNamespace(cluster, 'baseline')
    const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
    const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
    spawner = await kubernetesSpawner({ kubeconfig, namespace }).open(context)
    const { homes } = spawner
    assert.ok(homes)
    const never = new AbortController().signal
    const id = randomBytes(8).toString('hex')
    const state = await homes.make({ id, account: 'password/ann', course: 'demo' }, { signal: never })
    const home = { id, state, path: '/home/jovyan/work', fromImage: false }
    const spec = newSpec('registry.test/tiny:1', ['serve'], { home })
    await spawner.start(spec, startContext())

    // Nothing on the node answers any more, so its pods get no end.
    signalPart(instance, 'kwok', 'SIGSTOP')
    const nobody = new AbortController()
    const stopping = spawner.stop(spec, undefined, { graceSeconds: 1, signal: nobody.signal })
    stopping.catch(() => undefined)
    await until(async () => {
      const [pod] = await podsOf(cluster, namespace, spec.server)
      return pod?.metadata?.deletionTimestamp !== undefined
    })
    await assert.rejects(homes.remove(id, state), /still uses the claim/)
    assert.equal((await podsOf(cluster, namespace, spec.server)).length, 1)
    assert.equal((await homes.list()).length, 1)
    nobody.abort(new Error('long enough'))
    await assert.rejects(stopping, /long enough/)

    await core.deleteNode({ name: 'simulated-0' })
    const stop = () => spawner.stop(spec, undefined, { graceSeconds: 1 })
    // The cluster itself removes the pods of a deleted node, about a minute later, and a stop waits for a minute.
    await stop().catch(stop)
    assert.deepEqual(await podsOf(cluster, namespace, spec.server), [])
    assert.deepEqual(
      (await homes.list()).map((found) => found.id),
      [id],
    )
  })
})
