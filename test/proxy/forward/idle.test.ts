import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Connection } from '../../../proxy/forward/connection.ts'
import { createIdleConnections } from '../../../proxy/forward/idle.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { silent } from '../world.ts'

describe('an idle connection to a backend', () => {
  const cleanup = cleanupAfterEach()

  /** Returns a connection that has carried an exchange, whose answer had these header lines. */
  async function used(lines: string): Promise<Connection> {
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${lines}content-length: 0\r\n\r\n`))
      cleanup.defer(() => socket.destroy())
    }).listen(0, '127.0.0.1')
    cleanup.defer(() => server.close())
    await once(server, 'listening')
    const where = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    const connection = new Connection(where, { log: silent, crumbs: { wait: () => () => {}, close() {} } })
    cleanup.defer(() => connection.destroy())
    await new Promise<void>((resolve, reject) => {
      const taker = { take: () => resolve(), takeOver: () => reject(new Error('taken over')), failed: reject }
      connection.begin('GET / HTTP/1.1\r\nhost: x\r\n\r\n', taker, 'GET')
    })
    return connection
  }

  const kept: [string, number][] = [
    ['', 4000],
    ['keep-alive: timeout=3\r\n', 2000],
    ['Keep-Alive: max=100, TIMEOUT = 2\r\n', 1000],
    ['keep-alive: timeout=75\r\n', 4000],
    ['keep-alive: max=5\r\n', 4000],
    ['keep-alive: notimeout=1\r\n', 4000],
    [`keep-alive: timeout=${'9'.repeat(400)}\r\n`, 4000],
  ]
  for (const [lines, milliseconds] of kept) {
    it(`is kept for ${milliseconds} ms after ${JSON.stringify(lines.slice(0, 60))}`, async () => {
      const connection = await used(lines)
      const idle = createIdleConnections()
      cleanup.defer(() => idle.close())
      const before = performance.now()
      idle.put('pool', connection)
      assert.ok(connection.idleUntil >= before + milliseconds)
      assert.ok(connection.idleUntil <= performance.now() + milliseconds)
      assert.equal(idle.take('pool', connection.where), connection)
    })
  }

  for (const seconds of [0, 1]) {
    it(`is closed at once where the backend keeps it for ${seconds} s`, async () => {
      const connection = await used(`keep-alive: timeout=${seconds}\r\n`)
      const idle = createIdleConnections()
      idle.put('pool', connection)
      assert.ok(connection.socket.destroyed)
      assert.equal(idle.take('pool', connection.where), undefined)
    })
  }

  it('is not used after its time', async () => {
    const [late, good] = [await used('keep-alive: timeout=2\r\n'), await used('')]
    const idle = createIdleConnections()
    cleanup.defer(() => idle.close())
    idle.put('pool', late)
    late.idleUntil = 0
    assert.equal(idle.take('pool', late.where), undefined)
    assert.ok(late.socket.destroyed)
    idle.put('pool', good)
    assert.equal(idle.take('pool', good.where), good)
  })
})
