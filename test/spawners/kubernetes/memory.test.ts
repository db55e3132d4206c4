// The throw-away clusters have no API of metrics, so this one is a server of the test that answers as metrics-server does.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { openPodApi } from '../../../spawners/kubernetes/api/api.ts'
import { podMemory } from '../../../spawners/kubernetes/memory.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'

const installation = { name: 'carrel-test', id: 'idofthetests' }
const run = (server: string) => ({ server, run: 2 })

describe('the memory of pods', () => {
  const cleanup = cleanupAfterEach()
  let clock = 0

  /** Opens the API of a cluster that gives these answers in turn, the last one for ever. */
  async function cluster(...answers: { status?: number; body?: unknown }[]) {
    const asked: URL[] = []
    const server = createServer((request, response) => {
      const { status = 200, body = {} } = answers[Math.min(asked.length, answers.length - 1)] ?? {}
      asked.push(new URL(request.url ?? '', 'http://cluster.test'))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => void server.close())
    const config = new KubeConfig()
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    config.loadFromClusterAndUser({ name: 'test', server: address, skipTLSVerify: true }, { name: 'hub' })
    const api = openPodApi(config, 'notebooks')
    cleanup.defer(() => api.close())
    return { asked, memoryOf: podMemory(api, installation, () => clock) }
  }
  const pods = (...all: [name: string, containers: [name: string, memory?: string][]][]) => ({
    body: {
      kind: 'PodMetricsList',
      items: all.map(([name, containers]) => ({
        metadata: { name, labels: {} },
        window: '15s',
        containers: containers.map(([name, memory]) => ({ name, usage: { cpu: '3n', ...(memory && { memory }) } })),
      })),
    },
  })

  it('is that of the server’s own container, asked for once for all', async () => {
    const { asked, memoryOf } = await cluster(
      pods(
        [
          'carrel-a-2',
          [
            ['beside', '5Mi'],
            ['notebook', '131072Ki'],
          ],
        ],
        ['carrel-b-2', [['notebook', '1500']]],
        ['carrel-c-2', [['notebook', '2500500m']]],
        ['carrel-d-2', [['notebook', 'many']]],
        ['carrel-e-2', [['notebook']]],
        ['carrel-f-2', [['beside', '5Mi']]],
      ),
    )
    const found = await memoryOf(['f', 'e', 'd', 'c', 'b', 'a', 'gone'].map(run))
    assert.deepEqual(found, [undefined, undefined, undefined, 2501, 1500, 2 ** 27, undefined])
    assert.equal(asked[0]?.pathname, '/apis/metrics.k8s.io/v1beta1/namespaces/notebooks/pods')
    const selector = 'carrel/installation=carrel-test,carrel/installation-id=idofthetests,carrel/server'
    assert.equal(asked[0]?.searchParams.get('labelSelector'), selector)
    clock += 14_999
    await memoryOf([run('g')])
    assert.equal(asked.length, 1)
    clock += 1
    await memoryOf([run('g')])
    assert.equal(asked.length, 2)
  })

  it('is not known where a cluster has no such API, or the hub may not ask, which is tried again rarely', async () => {
    for (const status of [404, 403]) {
      const { asked, memoryOf } = await cluster({ status }, pods(['carrel-a-2', [['notebook', '1Ki']]]))
      assert.deepEqual(await memoryOf([run('a')]), [undefined])
      clock += 299_999
      assert.deepEqual(await memoryOf([run('a')]), [undefined])
      assert.equal(asked.length, 1)
      clock += 1
      assert.deepEqual(await memoryOf([run('a')]), [1024])
    }
  })

  it('fails while the API is away, or answers something else', async () => {
    const { memoryOf } = await cluster({ status: 503 }, { body: { items: 'none' } }, pods())
    await assert.rejects(memoryOf([run('a')]), /Kubernetes answered 503 \(list pods\.metrics\.k8s\.io\)/)
    await assert.rejects(memoryOf([run('a')]))
    assert.deepEqual(await memoryOf([run('a')]), [undefined])
  })
})
