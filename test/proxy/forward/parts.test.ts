import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { parseTarget } from '../../../net/endpoint.ts'
import { dataFrameWatch } from '../../../proxy/forward/data-frames.ts'
import { fromServerHeaders } from '../../../proxy/forward/headers-out.ts'
import { createRouteTable } from '../../../proxy/routes/route-table.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  ownPage,
  routeOf,
  serversUrl,
  startBackend,
  startFakeHub,
  startSite,
  token,
} from '../world.ts'

const path = '/user/ann/demo/'
const pages = { path, hubUrl, ancestors: ['https://lms.test'], cors: [], framed: false }

describe('an answer of a server', () => {
  const gone = [
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Service-Worker-Allowed',
    'Clear-Site-Data',
  ]
  gone.push('Strict-Transport-Security', 'NEL', 'Report-To', 'Reporting-Endpoints', 'Alt-Svc', 'Set-Login')
  gone.push('Speculation-Rules', 'X-Frame-Options', 'Connection', 'Keep-Alive', 'Transfer-Encoding', 'Upgrade')
  for (const name of gone) {
    it(`loses ${name}`, () => {
      assert.equal(fromServerHeaders({ [name.toLowerCase()]: 'x' }, pages, undefined)[name.toLowerCase()], undefined)
    })
  }

  it('keeps its other headers and gets protective ones', () => {
    assert.deepEqual(fromServerHeaders({ 'content-type': 'text/html', etag: '"x"' }, pages, undefined), {
      'content-type': 'text/html',
      etag: '"x"',
      'cache-control': 'private',
      'content-security-policy': "frame-ancestors 'self' http://hub.test https://lms.test",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    })
  })

  it('keeps a policy on referrers of its own, but not one on resources, robots or caches', () => {
    const headers = fromServerHeaders(
      { 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'cross-origin', 'x-robots-tag': 'all' },
      pages,
      undefined,
    )
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['x-robots-tag'], 'noindex')
    const cors = fromServerHeaders({}, { ...pages, cors: ['https://tool.test'] }, undefined)
    assert.equal(cors['cross-origin-resource-policy'], undefined)
  })

  const added = "frame-ancestors 'self' http://hub.test https://lms.test"
  const policies: [string, string][] = [
    ["frame-ancestors 'self'; report-uri /x", `report-uri /x, ${added}`],
    ["default-src 'none'; frame-ancestors *", `default-src 'none', ${added}`],
    ['sandbox allow-scripts', `sandbox allow-scripts, ${added}`],
    ['FRAME-ANCESTORS *', added],
    ["a b; Frame-Ancestors\t*, frame-ancestors 'none', c d", `a b, c d, ${added}`],
    ['frame-ancestors', added],
    ['frame-ancestors-not x', `frame-ancestors-not x, ${added}`],
  ]
  for (const [policy, expected] of policies) {
    it(`gets our directive on frames instead of "${policy}"`, () => {
      const { 'content-security-policy': got } = fromServerHeaders(
        { 'content-security-policy': policy },
        pages,
        undefined,
      )
      assert.equal(got, expected)
    })
  }

  const caches: [string | undefined, string][] = [
    [undefined, 'private'],
    ['public, max-age=60', 'private, max-age=60'],
    ['s-maxage=60, immutable', 'private, immutable'],
    ['no-store', 'no-store'],
    ['private, no-cache', 'private, no-cache'],
  ]
  for (const [given, expected] of caches) {
    it(`is cached as "${expected}" where it said ${given === undefined ? 'nothing' : `"${given}"`}`, () => {
      const headers = given === undefined ? {} : { 'cache-control': given }
      assert.equal(fromServerHeaders(headers, pages, undefined)['cache-control'], expected)
    })
  }

  const cookies: [string, boolean, string | undefined][] = [
    ['a=1', false, `a=1; Path=${path}`],
    ['a=1; Path=/', false, `a=1; Path=${path}`],
    [`a=1; path=${path}lab; HttpOnly`, false, `a=1; HttpOnly; Path=${path}lab`],
    [`a=1; Path=${path}; Path=/`, false, `a=1; Path=${path}`],
    ['a=1; Path=/user/ann/demolition/', false, `a=1; Path=${path}`],
    ['a=1; Domain=test; DOMAIN=.test ; Secure; SameSite=Strict', false, `a=1; Secure; SameSite=Strict; Path=${path}`],
    ['a=1; Secure; SameSite=Lax; Max-Age=5', true, `a=1; Max-Age=5; Path=${path}; SameSite=None; Secure; Partitioned`],
    ['a=', false, `a=; Path=${path}`],
    ['seat-0123=x', false, undefined],
    ['__Http-seat-0123=x; Path=/', false, undefined],
    ['__hTTP-Seat-0123=x', false, undefined],
    ['carrel=x', false, undefined],
    ['__Host-Http-carrel=x', false, undefined],
    ['=seat-0123=x', false, undefined],
    ['seat-0123', false, undefined],
    ['', false, undefined],
  ]
  for (const [cookie, framed, expected] of cookies) {
    it(`sets "${cookie}"${framed ? ' in a frame' : ''} as ${expected ?? 'nothing'}`, () => {
      const headers = fromServerHeaders({ 'set-cookie': [cookie] }, { ...pages, framed }, undefined)
      assert.deepEqual(headers['set-cookie'], expected === undefined ? undefined : [expected])
    })
  }

  describe('over real sockets', () => {
    const cleanup = cleanupAfterEach()

    it('is cleaned in pages and in the 101 of a WebSocket', async () => {
      const backend = await startBackend(cleanup, (_req, res) => {
        res.writeHead(200, { 'set-cookie': ['seat-1=x', 'a=1; Domain=test'], 'access-control-allow-origin': '*' }).end()
      })
      backend.server.removeAllListeners('upgrade')
      backend.server.on('upgrade', (_req, socket) => {
        const head = [
          'HTTP/1.1 101 x',
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Set-Cookie: seat-1=x',
          'Set-Cookie: a=1',
          'Set-Cookie: b=2',
        ]
        socket.end(`${head.join('\r\n')}\r\nAccess-Control-Allow-Origin: *\r\n\r\n`)
      })
      const proxy = await startSite(cleanup, await startFakeHub(cleanup))
      await addRoute(proxy, routeOf(backend))
      const page = await ask(proxy.urls[0], `${path}lab`, { headers: { ...ownPage, cookie: cookieOf() } })
      assert.deepEqual(page.headers['set-cookie'], [`a=1; Path=${path}`])
      assert.equal(page.headers['access-control-allow-origin'], undefined)

      const socket = openWebSocket(proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
      const headers: Record<string, unknown> = await new Promise((resolve) => {
        socket.once('upgrade', (res) => resolve(res.headers))
        socket.on('error', () => {})
      })
      assert.deepEqual(headers['set-cookie'], [`a=1; Path=${path}`, `b=2; Path=${path}`])
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers.upgrade, 'websocket')
    })
  })
})

describe('the log of requests', () => {
  const cleanup = cleanupAfterEach()

  it('has a line for each request, with times and without a secret', async () => {
    let text = ''
    const log = pino(
      new Writable({
        write(chunk, _encoding, done) {
          text += chunk
          done()
        },
      }),
    )
    const hub = await startFakeHub(cleanup)
    const backend = await startBackend(cleanup)
    const proxy = await startSite(cleanup, hub, { log })
    await addRoute(proxy, routeOf(backend))
    await ask(proxy.urls[0], '/hub/x?code=SECRET1', { host: 'hub.test', headers: { authorization: 'token SECRET2' } })
    await ask(proxy.urls[0], `${path}lab?token=SECRET3`, {
      headers: { ...ownPage, cookie: `${cookieOf()}; a=SECRET4` },
    })
    await ask(proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: 'ticket=SECRET5SECRET5SECRET5',
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    const socket = openWebSocket(proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    socket.once('open', () => socket.close())
    const lines = () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter((line) => line.msg === 'request')
    await until(() => lines().length === 4, 'all four requests are logged')

    assert.doesNotMatch(text, /SECRET|v1\.k1|carrel-server-/)
    assert.ok(!text.includes(token))
    const [toHub, toServer, toSeat, upgrade] = lines()
    assert.deepEqual([toHub.by, toHub.status, toHub.path, toHub.method], ['hub', 200, '/hub/x', 'GET'])
    assert.equal(hub.requests[0]?.headers['x-request-id'], toHub.request)
    assert.ok(toHub.hubMilliseconds > 0 && toHub.hubMilliseconds <= toHub.milliseconds)
    assert.deepEqual([toServer.by, toServer.row, toServer.server, toServer.run], ['server', '5b', 's1', 1])
    assert.ok(toServer.serverMilliseconds > 0 && toServer.proxyMilliseconds < toServer.milliseconds)
    assert.deepEqual([toSeat.by, toSeat.status, toSeat.error], ['proxy', 403, 'ticket_unknown'])
    assert.ok(toSeat.hubMilliseconds > 0)
    assert.deepEqual([upgrade.webSocket, upgrade.status, upgrade.row], [true, 101, '5a'])
  })
})

describe('the frames of a WebSocket', () => {
  /** Returns a masked frame, as a client sends it. */
  const frame = (opcode: number, length: number) => {
    const head =
      length < 126
        ? [0x80 | length]
        : length < 65_536
          ? [0xfe, length >> 8, length & 255]
          : [0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
    return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 1, 2, 3, 4]), Buffer.alloc(length, 0x89)])
  }
  const [continued, textFrame, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10]
  const cases: [string, Buffer[], number][] = [
    ['text', [frame(textFrame, 5)], 1],
    ['binary', [frame(binary, 5)], 1],
    ['a continuation', [frame(continued, 5)], 1],
    ['empty text', [frame(textFrame, 0)], 1],
    ['a ping', [frame(ping, 5)], 0],
    ['a pong', [frame(pong, 0)], 0],
    ['a close', [frame(close, 2)], 0],
    ['pongs, then text', [frame(pong, 0), frame(pong, 125), frame(textFrame, 1)], 1],
    ['text of 126 bytes, then a pong', [frame(textFrame, 126), frame(pong, 4)], 1],
    ['text of 70000 bytes, then a pong', [frame(textFrame, 70_000), frame(pong, 4)], 1],
  ]
  for (const [what, frames, expected] of cases) {
    it(`${what}: ${expected === 1 ? 'data' : 'no data'}, however it is cut`, () => {
      const bytes = Buffer.concat(frames)
      for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
        let seen = 0
        const watch = dataFrameWatch(() => {
          seen += 1
        })
        for (let at = 0; at < bytes.length; at += size) watch(bytes.subarray(at, at + size))
        assert.equal(Math.min(seen, 1), expected, `in pieces of ${size}`)
      }
    })
  }
})

describe('the route table', () => {
  const target = 'http://127.0.0.1:1'
  const tableOf = (...paths: string[]) => {
    const table = createRouteTable({ now: () => 0 })
    for (const one of paths) table.put({ path: one, target })
    return table
  }
  const finds: [string, string | undefined][] = [
    ['/', '/'],
    ['/x', '/'],
    ['/user/ann', '/user/ann/'],
    ['/user/ann/', '/user/ann/'],
    ['/user/ann/x/y/z', '/user/ann/'],
    ['/user/ann//demo/', '/user/ann/'],
    ['/user/ann/demo', '/user/ann/demo/'],
    ['/user/ann/demo/x', '/user/ann/demo/'],
    ['/user/ann/demolition', '/user/ann/'],
    ['/user/annie', '/'],
    ['/user', '/'],
    ['', '/'],
  ]
  for (const [path, expected] of finds) {
    it(`finds ${expected} for "${path}"`, () => {
      assert.equal(tableOf('/', '/user/ann/', '/user/ann/demo/').find(path)?.route.path, expected)
    })
  }

  it('finds no route where none fits, also for very long paths', () => {
    const table = tableOf('/user/ann/')
    assert.equal(table.find('/user/bob/x'), undefined)
    assert.equal(table.find('/'.repeat(30_000)), undefined)
    assert.equal(table.find(`/user/ann/${'a/'.repeat(30_000)}`)?.route.path, '/user/ann/')
  })

  it('keeps the routes below a removed route', () => {
    const table = tableOf('/user/ann/', '/user/ann/demo/')
    table.remove('/user/ann/')
    assert.equal(table.find('/user/ann/demo/x')?.route.path, '/user/ann/demo/')
    assert.equal(table.find('/user/ann/x'), undefined)
  })
})

describe('a target', () => {
  const cases: [string, ReturnType<typeof parseTarget>][] = [
    ['http://127.0.0.1:8000', { where: { host: '127.0.0.1', port: 8000 }, path: '' }],
    ['http://hub', { where: { host: 'hub', port: 80 }, path: '' }],
    ['http://[::1]:8/foo/', { where: { host: '::1', port: 8 }, path: '/foo' }],
    ['unix+http://%2Frun%2Fa%20b.sock', { where: { socketPath: '/run/a b.sock' }, path: '' }],
    ['http+unix://%2Frun%2Fa.sock/foo', { where: { socketPath: '/run/a.sock' }, path: '/foo' }],
    ['unix+http://run', undefined],
    ['unix+http://%2Frun%zz', undefined],
    ['https://a', undefined],
    ['http://a?b', undefined],
    ['http://u@a', undefined],
    ['a', undefined],
  ]
  for (const [text, expected] of cases) {
    it(`reads ${text}`, () => assert.deepEqual(parseTarget(text), expected))
  }
})
