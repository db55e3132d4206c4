// Tests of what only a real kubelet does with an image that has no shell.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { kubernetesSpawner } from '../../../../spawners/kubernetes/kubernetes.ts'
import { makeNamespace, removeNamespace, requireCluster } from '../../../helpers/engines/kubernetes.ts'
import { startRegistry } from '../../../helpers/engines/registry.ts'
import { imageArchive } from '../../../helpers/engines/started.ts'

describe('an image without sh', function () {
  this.timeout(300_000)

  it('is fetched to nodes beside the others, which sleep there', async function () {
    const cluster = await requireCluster(this)
    // Pulls over plain HTTP from this machine work only where the node is this machine.
    if (cluster.instance === undefined) this.skip()
    const namespace = await makeNamespace(cluster)
    const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    const registry = await startRegistry({ archive: await emptyImage(folder) })
    const other = await startRegistry({ archive: (await imageArchive('tiny')).archive })
    const plugin = kubernetesSpawner({ kubeconfig: cluster.kubeconfig, namespace, security: { runAsNonRoot: true } })
    const installation = { name: 'carrel-test', id: randomBytes(4).toString('hex') }
    const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
    const spawner = await plugin.open(context)
    try {
      const signal = new AbortController().signal
      const uses = [registry.reference, other.reference].map((image) => ({ image, uses: [] }))
      const found = (await spawner.images?.bring(uses, { signal, report: () => undefined })) ?? []
      assert.equal(found.length, 2)
      for (const { places, id, problem } of found) {
        assert.deepEqual([places, problem], [{ having: 1, all: 1 }, undefined])
        assert.match(id ?? '', /^sha256:/)
      }
      assert.deepEqual(await spawner.images?.find(uses, { signal }), found)
      const { items } = await cluster.core.listNamespacedPod({ namespace })
      const sleeping = items
        .flatMap(({ status }) => status?.containerStatuses ?? [])
        .filter(({ state }) => state?.running)
      assert.deepEqual(
        sleeping.map(({ image }) => image),
        [other.reference],
      )
    } finally {
      await spawner.close?.()
      await removeNamespace(cluster, namespace)
      await registry.close()
      await other.close()
      await rm(folder, { recursive: true })
    }
  })
})

/** Writes an archive, as `docker save` would, of an image without files, and returns its path. */
async function emptyImage(folder: string): Promise<string> {
  const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: [] }]),
  )
  const archive = join(folder, 'empty.tar')
  await promisify(execFile)('tar', ['-C', folder, '-cf', archive, 'config.json', 'manifest.json'])
  return archive
}
