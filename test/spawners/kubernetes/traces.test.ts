import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { withTrace } from '../../../net/trace.ts'
import { openPodApi } from '../../../spawners/kubernetes/api/api.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'

describe('the Kubernetes API', () => {
  const cleanup = cleanupAfterEach()

  it('is told the trace of the request for which it is asked, and no other', async () => {
    const traces: unknown[] = []
    const server = createServer((request, response) => {
      traces.push(request.headers.traceparent)
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    const config = new KubeConfig()
    const { port } = server.address() as AddressInfo
    config.loadFromOptions({
      clusters: [{ name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
      users: [{ name: 'u' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    })
    const api = openPodApi(config, 'default')
    cleanup.defer(() => api.close())
    await withTrace('00-trace-a', () => api.get('pod'))
    await api.get('pod')
    assert.deepEqual(traces, ['00-trace-a', undefined])
  })
})
