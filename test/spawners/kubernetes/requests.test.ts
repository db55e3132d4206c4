import assert from 'node:assert/strict'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import { startFakeApi } from './fake-api.ts'

describe('the lists for which the Kubernetes spawner asks', () => {
  it('are of its namespace, by the labels of its installation, and come in pages', async () => {
    const { kubeconfig, asked, close } = await startFakeApi()
    try {
      const installation = { name: 'campus', id: 'f00d' }
      const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
      const spawner = await kubernetesSpawner({ kubeconfig }).open(context)
      asked.length = 0
      const { signal } = new AbortController()
      await spawner.list()
      await spawner.stop({ server: 'abcdefabcdef', run: 1 }, undefined, { graceSeconds: 1 })
      await spawner.errands?.list()
      await spawner.errands?.end('abcdefabcdef')
      await spawner.homes?.list()
      await spawner.bundles?.list()
      await spawner.images?.find([{ image: 'a', uses: [] }], { signal })
      await spawner.close?.()
      const all = asked.map((line) => new URL(line.replace('GET ', ''), 'http://api'))
      // Nodes are of the whole cluster, and carry no labels of ours.
      const lists = all.filter(({ pathname }) => pathname !== '/api/v1/nodes')
      assert.equal(lists.length, 8)
      for (const { pathname, searchParams } of lists) {
        assert.match(pathname, /\/namespaces\/notebooks\/[a-z]+$/)
        const labels = searchParams.get('labelSelector') ?? ''
        assert.match(labels, /^carrel\/installation=campus,carrel\/installation-id=f00d,carrel\//)
      }
      for (const { searchParams } of all) assert.equal(searchParams.get('limit'), '250')
    } finally {
      await close()
    }
  })
})
