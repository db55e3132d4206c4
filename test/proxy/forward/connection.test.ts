import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Address } from '../../../net/endpoint.ts'
import { newExchange } from '../../../proxy/exchange.ts'
import { type AnswerPart, Connection } from '../../../proxy/forward/connection.ts'
import { createForwarder } from '../../../proxy/forward/forward.ts'
import type { Pacer } from '../../../proxy/forward/pacer.ts'
import type { ClientRequest } from '../../../proxy/http/client-connection.ts'
import { readBuffers } from '../../../proxy/http/read-buffers.ts'
import { limits } from '../../../proxy/limits.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { ask, frontWith, silent } from '../world.ts'

describe('a connection to a backend', () => {
  const cleanup = cleanupAfterEach()

  /** Starts a backend that calls `answer` for each request. Returns its address and all of its connections so far. */
  async function startBackend(answer: (socket: Socket) => void) {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {}).on('data', () => answer(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const where: Address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    return { where, sockets }
  }

  function connectTo(where: Address, crumbs: Pacer = { wait: () => () => {}, close() {} }) {
    const connection = new Connection(where, { log: silent, crumbs })
    cleanup.defer(() => connection.destroy())
    return connection
  }

  const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'

  /** Sends a request, and resolves with the answer's parts once it is complete. */
  function exchange(connection: Connection, method = 'GET') {
    return new Promise<AnswerPart[]>((resolve, reject) => {
      const parts: AnswerPart[] = []
      const take = (part: AnswerPart) => {
        parts.push(part)
        if (part.isLast) resolve(parts)
      }
      connection.begin(request, { take, takeOver: () => reject(new Error('taken over')), failed: reject }, method)
    })
  }

  const complete: [string, string, string][] = [
    ['without a body', 'GET', 'HTTP/1.1 204 No\r\n\r\n'],
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'],
    ['in chunks', 'GET', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
    ['with a length', 'GET', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na'],
  ]
  const extra = [
    'H',
    'HTTP/1.1 200 OK\r\nset-cookie: forged=1\r\nx-a: ',
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    'x',
  ]
  for (const [what, method, answer] of complete) {
    it(`carries no further exchange where more than an answer ${what} has come`, async () => {
      const { where } = await startBackend((socket) => socket.write(answer))
      const kept = connectTo(where)
      await exchange(kept, method)
      assert.ok(kept.isUsable)
      for (const more of extra) {
        const spoilt = await startBackend((socket) => socket.write(answer + more))
        const connection = connectTo(spoilt.where)
        await exchange(connection, method)
        assert.ok(!connection.isUsable, more)
      }
    })
  }

  it('passes on pieces of a long body that last until they are released', async () => {
    const numbers = Array.from({ length: 200_000 }, (_, at) => String(at).padStart(7))
    const bodies = ['a', 'b', 'c'].map((letter) => numbers.join(letter))
    const answered = bodies.map(async (body) => {
      const { where } = await startBackend((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
      )
      return exchange(connectTo(where))
    })
    for (const [at, parts] of (await Promise.all(answered)).entries()) {
      const pieces = parts.map(({ body }) => body ?? Buffer.alloc(0))
      assert.ok(Buffer.concat(pieces).equals(Buffer.from(bodies[at] ?? '')))
      for (const { release } of parts) release?.()
    }
    assert.equal(readBuffers.lent, 0)
  })

  it('reads over an empty line after an answer in chunks, which is no beginning of another', async () => {
    const { where } = await startBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n\r\n'),
    )
    const connection = connectTo(where)
    for (const _ of [1, 2]) {
      const parts = await exchange(connection)
      assert.equal(Buffer.concat(parts.map(({ body }) => body ?? Buffer.alloc(0))).toString(), 'a')
      assert.ok(connection.isUsable)
    }
  })

  it('leaves the queue of slow bodies when it closes, so that those behind it wait no longer', async () => {
    const crumbs = '1\r\nx\r\n'.repeat(2000)
    const { where } = await startBackend((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${crumbs}`),
    )
    const waiting = new Set<() => void>()
    const pacer: Pacer = {
      wait(goOn) {
        waiting.add(goOn)
        return () => void waiting.delete(goOn)
      },
      close() {},
    }
    const connection = connectTo(where, pacer)
    exchange(connection).catch(() => {})
    await until(() => waiting.size === 1)
    connection.destroy()
    await until(() => waiting.size === 0)
  })

  it('notices by TCP that the machine of a silent backend is gone', async function () {
    if (process.platform !== 'linux') this.skip()
    const { where, sockets } = await startBackend(() => {})
    const connection = connectTo(where)
    connection.begin(request, { take() {}, takeOver() {}, failed() {} }, 'GET')
    await until(() => (sockets[0]?.bytesRead ?? 0) > 0)
    // The second timer of a socket is the one that probes (proc_net_tcp).
    await until(async () => (await timerOf(connection.socket)) === '02')
  })

  it('hands a WebSocket over with the listeners of others, who count open files', async () => {
    const { where } = await startBackend((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    )
    const connection = connectTo(where)
    let closed = 0
    connection.socket.once('close', () => {
      closed += 1
    })
    const socket = await new Promise<Socket>((resolve, reject) => {
      const take = () => reject(new Error('not taken over'))
      connection.begin(request, { take, takeOver: (_head, socket) => resolve(socket), failed: reject }, 'GET')
    })
    const ended = once(socket, 'close')
    socket.destroy()
    await ended
    assert.equal(closed, 1)
  })

  it('is used for the next request that waits for a place', async () => {
    const { where, sockets } = await startBackend((socket) =>
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')),
    )
    const forwarder = createForwarder(silent)
    const respond = (request: ClientRequest) => {
      const exchange = newExchange(request)
      forwarder.send({
        exchange,
        target: { where, path: '' },
        pool: { name: 'narrow', limits: { ...limits.server, requests: { all: 1, each: 4 } } },
        url: exchange.url,
        headers: exchange.headers,
        headersFor: (_status, headers) => headers,
        failed: (error) => assert.fail(error),
      })
    }
    const front = frontWith(respond).listen(0, '127.0.0.1')
    cleanup.defer(() => front.close())
    cleanup.defer(() => forwarder.close())
    await once(front, 'listening')
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
    const answers = await Promise.all(['/a', '/b', '/c', '/d'].map((path) => ask(url, path)))
    assert.deepEqual(
      answers.map(({ body }) => body),
      ['ok', 'ok', 'ok', 'ok'],
    )
    assert.equal(sockets.length, 1)
  })
})

/** Returns which timer runs for the socket with this local port: `00` for none. */
async function timerOf({ localPort = 0, remotePort = 0 }: Socket): Promise<string | undefined> {
  // Another process may use the same local port towards another address.
  const [local, remote] = [localPort, remotePort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`)
  for (const line of (await readFile('/proc/net/tcp', 'latin1')).split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (fields[1]?.endsWith(local ?? '') && fields[2]?.endsWith(remote ?? '')) return fields[5]?.slice(0, 2)
  }
  return undefined
}
