// Tests of a namespace, or a cluster, in which others have many pods too.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import { kubernetesOptions } from '../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../spawners/kubernetes/pod.ts'
import { newSpec } from '../../helpers/engines/docker.ts'
import {
  endCluster,
  type Instance,
  makeNamespace,
  requireSimulatedCluster,
  type TestCluster,
} from '../../helpers/engines/kubernetes.ts'

const foreignPods = 5000
const mostKilobytes = 100 * 1024

describe('the Kubernetes spawner among 5000 pods of others', function () {
  this.timeout(300_000)

  const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
  let cluster: TestCluster & { instance: Instance }

  before(async function () {
    cluster = await requireSimulatedCluster(this)
  })

  after(async () => {
    if (cluster !== undefined) await endCluster(cluster)
  })

  it('sees its own alone, and grows by less than 100 MB', async () => {
    const [namespace, empty] = await Promise.all([makeNamespace(cluster, 'privileged'), makeNamespace(cluster)])
    const own = podOf('own', installation)
    await cluster.core.createNamespacedPod({ namespace, body: own })
    const bodies = Array.from({ length: foreignPods }, (_, index) =>
      // Pods of another installation carry all labels that pods of this one do.
      index % 2 === 0 ? podOf(`other-${index}`, { name: 'other', id: 'f00d' }) : strange(index),
    )
    for (let first = 0; first < bodies.length; first += 25) {
      const some = bodies.slice(first, first + 25)
      await Promise.all(some.map((body) => cluster.core.createNamespacedPod({ namespace, body })))
    }
    const program = fileURLToPath(new URL('ask-for-all.ts', import.meta.url))
    const { kubeconfig } = cluster
    const args = [program, kubeconfig, namespace, empty, installation.name, installation.id]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { servers, grownKilobytes } = JSON.parse(stdout)
    assert.equal(servers, 1)
    assert.ok(grownKilobytes < mostKilobytes, `${grownKilobytes} kB more`)
  })
})

/** Returns a pod that waits behind its gate, so that no scheduler has work with it. */
function podOf(name: string, { name: owner, id }: { name: string; id: string }): V1Pod {
  const body = buildPod(newSpec('image', ['sh']), [], { name: owner, id }, kubernetesOptions.parse({}))
  return { ...body, metadata: { ...body.metadata, annotations: { ...body.metadata?.annotations, name, filled } } }
}

function strange(index: number): V1Pod {
  const body = podOf('', { name: 'other', id: 'f00d' })
  const annotations = { filled }
  return { ...body, metadata: { name: `strange-${index}`, labels: { app: 'other' }, annotations } }
}

/** As much as pods of other programs carry, which have many variables and volumes. */
const filled = 'x'.repeat(4000)
