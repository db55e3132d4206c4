import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fromServerHeaders } from '../../../proxy/forward/headers-out.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import {
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  ownPage,
  raw,
  routeOf,
  serversUrl,
  start,
  startBackend,
  startFakeHub,
  startSite,
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

describe('the bytes of a header beyond ASCII', () => {
  const cleanup = cleanupAfterEach()

  // UTF-8, as servers send it in names of files, and bytes that are not UTF-8.
  const bytes = 'attachment; filename="caf\xc3\xa9 \xff.ipynb"'
  const end = /\r\n\r\n$/

  async function startEcho(head: string) {
    let seen = ''
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1')
        if (end.test(seen)) socket.end(Buffer.from(`${head}x-name: ${bytes}\r\ncontent-length: 0\r\n\r\n`, 'latin1'))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => server.close())
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/', target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    return { url: proxy.urls[0], seen: () => seen }
  }

  for (const [what, status, upgrade] of [
    ['a page', '200 OK', ''],
    ['a page without a body', '304 Not Modified', ''],
    ['a refused WebSocket', '403 Forbidden', 'upgrade: websocket\r\nconnection: Upgrade\r\n'],
    ['a WebSocket', '101 Switching Protocols', 'upgrade: websocket\r\nconnection: Upgrade\r\n'],
  ]) {
    it(`are the same on both sides of ${what}`, async () => {
      const { url, seen } = await startEcho(`HTTP/1.1 ${status}\r\n${upgrade}`)
      const answer = await raw(url ?? '', `GET /a HTTP/1.1\r\nhost: x\r\n${upgrade}x-name: ${bytes}\r\n\r\n`, end)
      assert.match(seen(), /^x-name: (.*)$/im)
      assert.equal(/^x-name: (.*)$/im.exec(seen())?.[1], bytes, 'request')
      assert.equal(/^x-name: (.*)$/im.exec(answer)?.[1], bytes, 'answer')
    })
  }
})
