import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { addressOf } from '../../../net/endpoint.ts'
import { newExchange } from '../../../proxy/exchange.ts'
import { createForwarder } from '../../../proxy/forward/forward.ts'
import { runPool } from '../../../proxy/forward/places.ts'
import type { ClientRequest } from '../../../proxy/http/client-connection.ts'
import { reply } from '../../../proxy/replies/reply.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  api,
  ask,
  frontWith,
  openWebSocket,
  outcome,
  raw,
  silent,
  start,
  startBackend,
  temporaryFolder,
} from '../world.ts'

/** The tests hold for any engine; docs/decisions/0002-proxy-engine.md names engines that fail them. */
describe('forwarding', () => {
  const cleanup = cleanupAfterEach()

  /** Starts a backend that writes bytes: `onRequest` gets the socket and the bytes so far, once a head is complete. */
  async function startRaw(onRequest: (socket: Socket, bytes: string) => void) {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      let bytes = ''
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
      socket.on('data', (chunk) => {
        bytes += chunk.toString('latin1')
        if (!bytes.includes('\r\n\r\n')) return
        onRequest(socket, bytes)
        bytes = ''
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const proxy = await start(cleanup)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await addRoute(proxy, { path: '/', target: url })
    return { url: proxy.urls[0], target: url, proxy, sockets }
  }

  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
  const head = 'HTTP/1.1\r\nhost: x\r\n'
  const complete = /\r\n\r\n/

  const paths = [
    '/a//b',
    '//a',
    '///',
    '/a/../b',
    '/a/./b',
    '/a/%2e%2e/b',
    '/a/%2E%2e',
    '/a/%7B|{}',
    '/a/%7b',
    '/a?',
    '/?',
    '/a??',
  ]
  paths.push(
    '/a?x=1&&y=?',
    '/a?b=http://x//y/../z',
    '/a;x=1',
    '/a#b',
    '/a%20b%2Fc%00',
    '/a\\b',
    '/a\'"<>`^',
    '/a?token=kept',
  )
  for (const path of paths) {
    it(`keeps every byte of ${path}`, async () => {
      let seen = ''
      const { url } = await startRaw((socket, bytes) => {
        seen = bytes.split('\r\n')[0] ?? ''
        socket.write(ok)
      })
      assert.match(await raw(url, `GET ${path} ${head}\r\n`, complete), /^HTTP\/1\.1 200 /)
      assert.equal(seen, `GET ${path} HTTP/1.1`)
    })
  }

  it('keeps every byte of the path of a WebSocket too', async () => {
    const seen: string[] = []
    const { url } = await startRaw((socket, bytes) => {
      seen.push(bytes.split('\r\n')[0] ?? '')
      socket.end('HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n')
    })
    const upgrade = 'upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: x\r\n\r\n'
    for (const path of ['/a//b', '/a/../b', '/a/%2e%2e', '/a?']) {
      assert.match(await raw(url, `GET ${path} ${head}${upgrade}`), /^HTTP\/1\.1 403 no\r\n/)
    }
    assert.deepEqual(
      seen,
      ['/a//b', '/a/../b', '/a/%2e%2e', '/a?'].map((path) => `GET ${path} HTTP/1.1`),
    )
  })

  it('cuts scheme and host off an absolute request target', async () => {
    let seen = ''
    const { url } = await startRaw((socket, bytes) => {
      seen = bytes.split('\r\n')[0] ?? ''
      socket.write(ok)
    })
    await raw(url, `GET http://x/a//b?c ${head}\r\n`, complete)
    assert.equal(seen, 'GET /a//b?c HTTP/1.1')
    assert.match(await raw(url, `GET http://y/a ${head}\r\n`, complete), /^HTTP\/1\.1 400 /)
  })

  const unclear: [string, string, RegExp][] = [
    [
      'a length and an encoding',
      `POST /a ${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['two lengths', `POST /a ${head}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`, /^HTTP\/1\.1 400 /],
    ['an unknown encoding', `POST /a ${head}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 501 /],
    [
      'an encoding that is not at the end',
      `POST /a ${head}transfer-encoding: chunked, x\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 (400|501) /,
    ],
    ['two hosts', `GET /a ${head}host: y\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['no host', 'GET /a HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a host that ends in a bare line feed', 'GET /a HTTP/1.1\nhost: x\n\n', /^HTTP\/1\.1 400 /],
    ['a folded header', `GET /a ${head}x-a: 1\r\n 2\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a space before the colon', `GET /a ${head}content-length : 5\r\n\r\nabcde`, /^HTTP\/1\.1 400 /],
    ['TRACE', `TRACE /a ${head}\r\n`, /^HTTP\/1\.1 405 /],
    ['CONNECT', `CONNECT x:80 ${head}\r\n`, /^(HTTP\/1\.1 405 |$)/],
    ['an asterisk', `OPTIONS * ${head}\r\n`, /^HTTP\/1\.1 400 /],
    ['more than 32 KiB of headers', `GET /a ${head}x-a: ${'x'.repeat(33 * 1024)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ]
  for (const [what, bytes, answer] of unclear) {
    it(`refuses ${what}`, async () => {
      let asked = 0
      const { url } = await startRaw((socket) => {
        asked += 1
        socket.write(ok)
      })
      assert.match(await raw(url, bytes, complete), answer)
      assert.equal(asked, 0)
    })
  }

  it('keeps a chunked body inside its request, whatever the method', async () => {
    for (const method of ['DELETE', 'OPTIONS', 'GET', 'POST', 'PATCH']) {
      const backend = await startBackend(cleanup)
      const proxy = await start(cleanup)
      await addRoute(proxy, { path: '/', target: backend.url })
      const inner = `GET /smuggled ${head}\r\n`
      const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
      await raw(proxy.urls[0], `${method} /a ${head}transfer-encoding: chunked\r\n\r\n${body}`, complete)
      assert.deepEqual(
        backend.requests.map((one) => [one.method, one.url, one.body]),
        [[method, '/a', inner]],
      )
    }
  })

  it('passes bodies on, also long ones, and sends a length of 0 without a body', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/', target: backend.url })
    const body = 'x'.repeat(5_000_000)
    assert.equal((await ask(proxy.urls[0], '/up', { method: 'PUT', body })).status, 200)
    assert.equal(backend.requests[0]?.body, body)
    await raw(proxy.urls[0], `POST /none ${head}\r\n`, complete)
    assert.equal(backend.requests[1]?.headers['content-length'], '0')
    assert.equal(backend.requests[1]?.headers['transfer-encoding'], undefined)
  })

  it('drops headers that concern one connection only, in both directions', async () => {
    let seen = ''
    const { url } = await startRaw((socket, bytes) => {
      seen = bytes
      socket.write(
        'HTTP/1.1 200 OK\r\nconnection: x-b, keep-alive\r\nx-b: 1\r\nkeep-alive: timeout=9\r\nx-c: 2\r\ncontent-length: 0\r\n\r\n',
      )
    })
    const answer = await raw(
      url,
      `GET /a ${head}connection: x-a, host\r\nx-a: 1\r\nte: trailers\r\nupgrade: h2c\r\n\r\n`,
      complete,
    )
    assert.doesNotMatch(seen, /^(x-a|te|upgrade):/im)
    assert.match(seen, /^host: x\r$/im)
    assert.doesNotMatch(answer, /x-b|timeout=9/)
    assert.match(answer, /x-c: 2/)
  })

  it('sends the head before the first byte of a stream, and each event when it comes', async () => {
    let push: (event: string) => void = () => {}
    const backend = await startBackend(cleanup, (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.flushHeaders()
      push = (event) => res.write(event)
    })
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/', target: backend.url })
    const req = request({ ...addressOf(proxy.urls[0]), path: '/events' }).end()
    const [res] = await once(req, 'response')
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      push(event)
      const [chunk] = await once(res, 'data')
      assert.equal(String(chunk), event)
    }
    req.destroy()
  })

  it('passes on a body that comes in crumbs, whole', async () => {
    const crumbs = '1\r\nx\r\n'.repeat(20_000)
    const { url } = await startRaw((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${crumbs}0\r\n\r\n`),
    )
    const { status, body } = await ask(url, '/a')
    assert.equal(status, 200)
    assert.equal(body, 'x'.repeat(20_000))
  })

  it('asks the address that a route names now, and not over a connection to the last one', async () => {
    const first = await startRaw((socket) => socket.write(ok.replace('OK', 'first')))
    const second = await startRaw((socket) => socket.write(ok.replace('OK', 'second')))
    const said: string[] = []
    for (const url of [first.target, second.target, first.target]) {
      await addRoute(first.proxy, { path: '/', target: url })
      said.push((await raw(first.url, `GET /a ${head}\r\n`, complete)).split('\r\n')[0] ?? '')
    }
    assert.deepEqual(said, ['HTTP/1.1 200 first', 'HTTP/1.1 200 second', 'HTTP/1.1 200 first'])
  })

  it('sends a short answer in one piece with its head', async () => {
    const { url } = await startRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'))
    const client = connect(addressOf(url) as { port: number; host: string })
    client.write(`GET /a ${head}\r\n`)
    const [chunk] = await once(client, 'data')
    assert.match(String(chunk), /^HTTP[\s\S]*\r\n\r\ngood$/)
    client.destroy()
  })

  it('does not read a backend faster than the client reads', async () => {
    let written = 0
    const backend = await startBackend(cleanup, (_req, res) => {
      const chunk = Buffer.alloc(64 * 1024)
      const fill = () => {
        while (written < 200 * chunk.length) {
          written += chunk.length
          if (!res.write(chunk)) return void res.once('drain', fill)
        }
        res.end()
      }
      fill()
    })
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/', target: backend.url })
    const client = connect(addressOf(proxy.urls[0]) as { port: number; host: string })
    client.pause()
    client.write(`GET /a ${head}\r\n`)
    let before = -1
    while (before !== written) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.ok(written < 200 * 64 * 1024, `${written} bytes were taken from the backend`)
    client.destroy()
  })

  describe('when the client leaves early', () => {
    const upgrade = 'upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: x\r\n\r\n'
    const leavings: [string, string, (socket: Socket) => void][] = [
      ['while it waits', `GET /a ${head}\r\n`, () => {}],
      [
        'during an answer',
        `GET /a ${head}\r\n`,
        (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'),
      ],
      ['during an upload', `POST /a ${head}content-length: 100\r\n\r\nabc`, () => {}],
      ['before its WebSocket is open', `GET /a ${head}${upgrade}`, () => {}],
      [
        'with a WebSocket open',
        `GET /a ${head}${upgrade}`,
        (socket) => socket.write('HTTP/1.1 101 x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'),
      ],
    ]
    for (const [when, bytes, react] of leavings) {
      for (const how of ['in order', 'by reset'] as const) {
        it(`leaves no socket at the backend: ${when}, ${how}`, async () => {
          let asked = 0
          const { url, sockets } = await startRaw((socket) => {
            asked += 1
            react(socket)
          })
          const clients = Array.from({ length: 5 }, () => {
            const client = connect(addressOf(url) as { port: number; host: string })
            client.on('error', () => {})
            client.write(bytes)
            return client
          })
          await until(() => asked === 5, 'all requests reach the backend')
          for (const client of clients) how === 'in order' ? client.destroy() : client.resetAndDestroy()
          await until(() => sockets.size === 0, 'the backend sees all of them leave')
        })
      }
    }
  })

  describe('when the backend dies', () => {
    it('answers 503 before an answer has begun', async () => {
      const { url } = await startRaw((socket) => socket.destroy())
      const { status, body } = await ask(url, '/a', { headers: { accept: 'text/html' } })
      assert.equal(status, 503)
      assert.match(body, /^<!doctype html>.*Reload this page/s)
    })

    const halves: [string, string][] = [
      ['with a length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'],
      ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ]
    for (const [what, half] of halves) {
      it(`breaks off the answer, ${what}, so that the client neither waits nor takes the half for the whole`, async () => {
        const { url } = await startRaw((socket) => {
          socket.write(half)
          setImmediate(() => socket.destroy())
        })
        const answer = await raw(url, `GET /a ${head}\r\n`)
        assert.match(answer, /^HTTP\/1\.1 200 /)
        assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
      })
    }

    it('answers 503 to a new WebSocket, and closes an open one', async () => {
      const { url } = await startRaw((socket) => socket.destroy())
      assert.equal(await outcome(openWebSocket(url, '/a', {})), 503)
      const backend = await startBackend(cleanup)
      const proxy = await start(cleanup)
      await addRoute(proxy, { path: '/', target: backend.url })
      const socket = openWebSocket(proxy.urls[0], '/a', {})
      await once(socket, 'open')
      for (const one of backend.sockets) one.destroy()
      await once(socket, 'close')
    })

    it('repeats the request when an idle connection was closed just as it was used', async () => {
      let connections = 0
      const answered = new WeakSet<Socket>()
      const { url } = await startRaw((socket) => {
        if (!answered.has(socket)) {
          connections += 1
          answered.add(socket)
          socket.write(ok)
        } else {
          socket.destroy()
        }
      })
      assert.equal((await ask(url, '/a')).status, 200)
      assert.equal((await ask(url, '/b')).status, 200)
      assert.equal(connections, 2)
      const post = await ask(url, '/c', { method: 'POST', body: 'x' })
      assert.equal(post.status, 503)
    })

    const nonsense: [string, string][] = [
      ['a status of no kind', 'HTTP/1.1 001 x\r\ncontent-length: 0\r\n\r\n'],
      ['no HTTP', 'hello\r\n\r\n'],
      ['a header with a control character', 'HTTP/1.1 200 OK\r\nx-a: \x01\r\ncontent-length: 0\r\n\r\n'],
      ['an upgrade that the request did not ask for', 'HTTP/1.1 101 x\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n'],
      [
        'a length and an encoding',
        'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      ['a head without end', `HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(70_000)}`],
    ]
    for (const [what, bytes] of nonsense) {
      it(`survives an answer that is ${what}`, async () => {
        const { url, proxy } = await startRaw((socket) => socket.write(bytes, 'latin1'))
        const { status } = await ask(url, '/a')
        assert.ok(status === 503 || status === 200, String(status))
        assert.equal((await api(proxy, 'GET', '/api/routes')).status, 200)
      })
    }
  })

  describe('a WebSocket', () => {
    it('passes on bytes that came together with the answer, and bytes that the client sent too early', async () => {
      let seen = ''
      const { url } = await startRaw((socket, bytes) => {
        seen += bytes.slice(bytes.indexOf('\r\n\r\n') + 4)
        socket.write('HTTP/1.1 101 x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nFIRST')
        socket.on('data', (chunk) => {
          seen += chunk.toString()
        })
      })
      const client = connect(addressOf(url) as { port: number; host: string })
      cleanup.defer(() => client.destroy())
      client.write(`GET /a ${head}upgrade: websocket\r\nconnection: Upgrade\r\n\r\nEARLY`)
      let got = ''
      client.on('data', (chunk) => {
        got += chunk.toString()
      })
      await until(() => got.endsWith('FIRST'), 'the first bytes come')
      client.write('LATER')
      await until(() => seen === 'EARLYLATER', `early and later bytes arrive, not ${seen}`)
    })

    it('passes a refusal on, body included', async () => {
      const server = createHttpServer()
      server.on('upgrade', (_req, socket) =>
        socket.end('HTTP/1.1 418 no\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
      )
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      cleanup.defer(() => server.close())
      const proxy = await start(cleanup)
      await addRoute(proxy, { path: '/', target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
      const socket = openWebSocket(proxy.urls[0], '/a', {})
      socket.on('error', () => {})
      const [, res] = await once(socket, 'unexpected-response')
      assert.equal(res.statusCode, 418)
      assert.equal(res.headers['x-a'], '1')
      assert.equal(await text(res), 'abc')
    })

    it('is refused when the backend takes too long to open it', async () => {
      const silentBackend = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
      const forwarder = createForwarder(silent, { upgradeTimeoutMilliseconds: 20 })
      const front = frontWith((request) => respond(request)).listen(0, '127.0.0.1')
      cleanup.defer(() => silentBackend.close())
      cleanup.defer(() => front.close())
      cleanup.defer(() => forwarder.close())
      await Promise.all([once(silentBackend, 'listening'), once(front, 'listening')])
      const portOf = (server: typeof front | typeof silentBackend) => (server.address() as AddressInfo).port
      const respond = (request: ClientRequest) => {
        const exchange = newExchange(request)
        forwarder.send({
          exchange,
          target: { where: { host: '127.0.0.1', port: portOf(silentBackend) }, path: '' },
          pool: runPool({ server: 's1', run: 1 }),
          url: exchange.url,
          headers: exchange.headers,
          headersFor: (_status, headers) => headers,
          failed: () => reply(exchange, 503, {}),
        })
      }
      assert.equal(await outcome(openWebSocket(`http://127.0.0.1:${portOf(front)}`, '/a', {})), 503)
    })

    it('keeps its sub-protocol', async () => {
      const { url } = await startRaw((socket, bytes) => {
        const [, key = ''] = /sec-websocket-protocol: (.*)\r/i.exec(bytes) ?? []
        socket.end(
          `HTTP/1.1 101 x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-protocol: ${key}\r\n\r\n`,
        )
      })
      const upgrade =
        'upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-protocol: v1.kernel.websocket.jupyter.org\r\n\r\n'
      assert.match(
        await raw(url, `GET /a ${head}${upgrade}`),
        /sec-websocket-protocol: v1\.kernel\.websocket\.jupyter\.org/,
      )
    })
  })

  it('reaches unix sockets and listens on them', async () => {
    const folder = await temporaryFolder(cleanup)
    const backend = await startBackend(cleanup, undefined, join(folder, 'backend.sock'))
    const proxy = await start(cleanup, {
      listen: { socket: join(folder, 'proxy.sock') },
      api: { socket: join(folder, 'api.sock') },
    })
    await addRoute(proxy, { path: '/a/', target: backend.url })
    const { status, body } = await ask(proxy.urls[0], '/a/b')
    assert.equal(status, 200)
    assert.equal(JSON.parse(body).url, '/a/b')
  })
})
