import assert from 'node:assert/strict'
import type { Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import { createRouteTable } from '../../../proxy/routes/route-table.ts'
import { takeInHand } from '../../../proxy/workers/hand.ts'
import type { ToWorker } from '../../../proxy/workers/messages.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { api, ask, cookieOf, silent } from '../world.ts'
import { type Kept, openKept, startWorkers } from './world.ts'

const pause = '/api/pauses/user/ann/demo/?id=pause-one'

describe('a pause of a server at a proxy with workers', function () {
  this.timeout(60_000)
  const cleanup = cleanupAfterEach()

  /** Opens connections until there is one of each worker. */
  async function ofEachWorker(proxy: Awaited<ReturnType<typeof startWorkers>>['proxy']): Promise<Kept[]> {
    const bySlot = new Map<number, Kept>()
    await until(async () => {
      const kept = await openKept(cleanup, proxy)
      bySlot.set(kept.slot, kept)
      return bySlot.size === 2
    }, 'each worker has a connection')
    return [...bySlot.values()]
  }
  const put = ({ socket, slot }: Kept) =>
    socket.write(
      `PUT /user/ann/demo/api/contents/${slot}.md HTTP/1.1\r\nhost: nb.test\r\nsec-fetch-site: same-origin\r\ncookie: ${cookieOf()}\r\ncontent-length: 2\r\n\r\n{}`,
    )

  it('is one of each worker, and the end of one does no harm', async () => {
    const { proxy, backend } = await startWorkers(cleanup)
    const writes = () => backend.requests.filter(({ method }) => method === 'PUT').length
    const kept = await ofEachWorker(proxy)
    assert.equal((await api(proxy, 'POST', pause)).status, 201)
    assert.equal((await api(proxy, 'POST', pause)).status, 409)
    for (const each of kept) put(each)
    assert.equal((await ask(proxy.urls[0], '/_carrel/health')).status, 200)
    assert.equal(writes(), 0)
    assert.equal((await api(proxy, 'DELETE', pause)).status, 204)
    await until(() => writes() === 2, 'what waited was sent')
    assert.equal((await api(proxy, 'POST', pause)).status, 201)
    process.kill(Number(proxy.pidOf(1)), 'SIGKILL')
    await api(proxy, 'DELETE', pause)
    assert.equal((await api(proxy, 'POST', pause)).status, 201)
  })

  it('is told to a worker before it accepts connections', () => {
    const sent: ToWorker[] = []
    const send = (message: ToWorker) => sent.push(message)
    const worker = Object.assign(new EventEmitter(), { isConnected: () => true, send, process: { kill() {} } })
    const order = { path: '/user/ann/demo/', name: 'pause-one', ends: false }
    takeInHand(worker as unknown as Worker, {
      slot: 1,
      table: createRouteTable({ now: Date.now }),
      log: silent,
      write: async () => undefined,
      pauses: () => [order],
      active: () => undefined,
    })
    worker.emit('message', { kind: 'open' })
    worker.emit('message', { kind: 'confirmed', number: 1 })
    assert.deepEqual(sent, [{ kind: 'ask', number: 1 }, { kind: 'pause', id: 1, ...order }, { kind: 'listen' }])
  })
})
