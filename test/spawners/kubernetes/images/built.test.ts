import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { dockerBuilder } from '../../../../spawners/docker/builder/docker-builder.ts'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { makeNamespace, removeNamespace, requireCluster } from '../../../helpers/engines/kubernetes.ts'
import { startPushRegistry } from '../../../helpers/engines/push-registry.ts'
import { newSpec, startContext, webServer } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import { buildRepository } from '../../docker/builder/built.ts'
import { forgetBuilds } from '../../docker/builder/engine-world.ts'

describe('an image that was built at an engine and pushed', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  it('starts as a pod on a node that fetches it from the registry', async function () {
    requirePart(this, 'docker', await dockerMissing())
    const cluster = await requireCluster(this)
    if (cluster.instance === undefined)
      requirePart(this, 'kubernetes', 'its nodes do not reach a registry of this machine')
    const registry = await startPushRegistry()
    cleanup.defer(() => registry.close())
    const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
    const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
    const builder = await dockerBuilder({ push: `${registry.address}/courses` }).open(context)
    cleanup.defer(() => forgetBuilds(installation))
    const from = await loadedImage('tiny')
    const { built } = await buildRepository(builder, { from, files: { 'www.html': 'hello' }, copyFiles: true })

    const namespace = await makeNamespace(cluster)
    cleanup.defer(() => removeNamespace(cluster, namespace))
    const security = { runAsNonRoot: true }
    const spawner = await kubernetesSpawner({ kubeconfig: cluster.kubeconfig, namespace, security }).open(context)
    cleanup.defer(() => spawner.close?.())
    const spec = newSpec(built.reference, webServer.toSpliced(-1, 1, '/home/jovyan'))
    const { url, image } = await spawner.start(spec, startContext())
    assert.equal(image, built.id)
    const answer = await until(async () => fetch(`${url}/www.html`).catch(() => false), 'the server to answer')
    assert.equal(await (answer as Response).text(), 'hello')
    await spawner.stop(spec, undefined, { graceSeconds: 0 })
  })
})
