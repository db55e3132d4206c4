import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { addressOf } from '../../../net/endpoint.ts'
import { admissionLimits } from '../../../proxy/hubs/admissions.ts'
import { limits, paceOf, partOf, poolPartOf } from '../../../proxy/limits.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { ask } from '../world.ts'
import { startWorkers } from './world.ts'

describe('the limits of a proxy with workers', () => {
  const cleanup = cleanupAfterEach()

  it('are shared out, rounded up', () => {
    assert.equal(partOf(10_000, 3), 3334)
    assert.deepEqual(paceOf({ burst: 5, perSecond: 1 }, 2), { burst: 3, perSecond: 0.5 })
    assert.deepEqual(poolPartOf(limits.server, 1), limits.server)
    assert.deepEqual(poolPartOf(limits.server, 4), {
      requests: { all: 256, each: 256 },
      streams: { all: 256, each: 256 },
      webSockets: { all: 256, each: 256 },
      waiting: 64,
    })
  })

  it('let an address have no more connections than one process lets it', async () => {
    const { proxy } = await startWorkers(cleanup, ['--connections-per-address=8'])
    const open = new Set<Socket>()
    for (let i = 0; i < 60; i += 1) {
      const socket = connect(addressOf(proxy.urls[0]) as { host: string; port: number })
      cleanup.defer(() => socket.destroy())
      socket.on('error', () => undefined).on('close', () => open.delete(socket))
      open.add(socket)
      socket.write('GET /_carrel/health HTTP/1.1\r\nhost: nb.test\r\n\r\n')
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve))
    }
    assert.equal(open.size, 8)
  })

  it('let an address have no more wrong tokens judged than one process lets it', async () => {
    const { proxy, hub } = await startWorkers(cleanup)
    const { burst, perSecond } = admissionLimits.failures
    const began = performance.now()
    const answers = new Map<number, number>()
    for (let i = 0; i < burst + 100; i += 1) {
      const token = `carrel-user-${String(i).padStart(43, '0')}`
      const { status } = await ask(proxy.urls[0], '/user/ann/demo/x', { headers: { authorization: `token ${token}` } })
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
    const most = burst + 2 + ((performance.now() - began) / 1000) * perSecond
    assert.ok(hub.requests.length <= most, `${hub.requests.length} questions`)
    assert.equal(answers.get(403), hub.requests.length)
    assert.equal(answers.get(429), burst + 100 - hub.requests.length)
  })
})
