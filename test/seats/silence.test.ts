import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Address } from '../../net/endpoint.ts'
import { isSilent, type Knock } from '../../seats/silence.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'

describe('a server', () => {
  const cleanup = cleanupAfterEach()

  /** Starts a server that does this with each connection, and returns its address. */
  async function serve(act: (socket: Socket) => void): Promise<Address> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      act(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  }
  const knock = (where: Address, more: Partial<Knock> = {}) =>
    isSilent({ where, path: '/user/ann/demo/api', milliseconds: 300, ...more })

  const cases: [string, (socket: Socket) => void, boolean][] = [
    ['answers', (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n')), false],
    ['refuses', (socket) => void socket.once('data', () => socket.end('HTTP/1.1 403 No\r\n\r\n')), false],
    ['sends one byte that is no HTTP, and nothing more', (socket) => void socket.write('\0'), false],
    ['takes the request and answers nothing', (socket) => void socket.resume(), true],
    ['takes the connection and reads nothing', () => undefined, true],
    ['closes the connection without a byte', (socket) => void socket.end(), true],
    ['cuts the connection', (socket) => void socket.resetAndDestroy(), true],
  ]
  for (const [what, act, expected] of cases) {
    it(`that ${what} is ${expected ? '' : 'not '}silent`, async () => {
      assert.equal(await knock(await serve(act)), expected)
    })
  }

  it('is asked once, for the path', async () => {
    const heads: string[] = []
    const where = await serve((socket) => {
      socket.setEncoding('latin1').on('data', (head: string) => {
        heads.push(head)
        socket.end('HTTP/1.1 200 OK\r\n\r\n')
      })
    })
    assert.equal(await knock(where), false)
    assert.equal(heads.length, 1)
    assert.match(heads[0] ?? '', /^GET \/user\/ann\/demo\/api HTTP\/1\.1\r\n/)
  })

  it('that has gone is silent, with a port and with a socket', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await once(server.close(), 'close')
    assert.equal(await knock({ host: '127.0.0.1', port }), true)
    assert.equal(await knock({ socketPath: '/nonexistent/jupyter.sock' }), true)
  })

  it('that cannot be asked at all does not count as silent', async () => {
    assert.equal(await knock({ socketPath: '/dev/null/sock' }), false)
  })

  it('is not silent where the wait was ended', async () => {
    const leaving = new AbortController()
    const where = await serve(() => leaving.abort())
    assert.equal(await knock(where, { milliseconds: 60_000, signal: leaving.signal }), false)
    assert.equal(await knock(where, { signal: AbortSignal.abort() }), false)
  })
})
