import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  api,
  ask,
  openWebSocket,
  raw,
  start,
  startBackend,
  startFakeHub,
  startSite,
  temporaryFolder,
} from '../world.ts'

describe('a plain configurable-http-proxy', () => {
  const cleanup = cleanupAfterEach()

  it('forwards every request to the longest prefix, in whole segments', async () => {
    const [one, two] = [await startBackend(cleanup), await startBackend(cleanup)]
    const proxy = await start(cleanup, { hubs: [one.url] })
    await addRoute(proxy, { path: '/user/ann/', target: two.url })
    for (const path of ['/', '/user/annie', '/user', '/other?x=/user/ann/']) await ask(proxy.urls[0], path)
    for (const path of ['/user/ann', '/user/ann/', '/user/ann/x', '/user/ann?y', '/user/%61nn'])
      await ask(proxy.urls[0], path)
    assert.equal(one.requests.length, 4)
    assert.equal(two.requests.length, 5)
  })

  it('refuses versions of HTTP that it does not know, and sends no server a request of them', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start(cleanup, { hubs: [backend.url] })
    for (const version of ['0.9', '2.0']) {
      const got = await raw(proxy.urls[0], `GET /a HTTP/${version}\r\nhost: x\r\n\r\n`)
      assert.match(got, /^HTTP\/1\.1 505 [\s\S]*version_unknown/)
    }
    assert.equal(backend.requests.length, 0)
  })

  it('puts the target’s own path before the whole path of the request', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/bar/', target: `${backend.url}/foo/` })
    await ask(proxy.urls[0], '/bar//rest/it?query=foo')
    assert.equal(backend.requests[0]?.url, '/foo/bar//rest/it?query=foo')
  })

  it('lets cookies, credentials and tokens through, and adds to X-Forwarded-*', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start(cleanup, { hubs: [backend.url] })
    const authorization = 'token abc'
    await ask(proxy.urls[0], '/a?token=x', {
      host: 'some.test:8443',
      headers: {
        authorization,
        cookie: 'a=1',
        'x-forwarded-for': '1.1.1.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'out.test',
      },
    })
    const [seen] = backend.requests
    assert.equal(seen?.url, '/a?token=x')
    assert.equal(seen?.headers.authorization, authorization)
    assert.equal(seen?.headers.cookie, 'a=1')
    assert.equal(seen?.headers.host, 'some.test:8443')
    assert.equal(seen?.headers['x-forwarded-for'], '1.1.1.1,127.0.0.1')
    assert.equal(seen?.headers['x-forwarded-proto'], 'https,http')
    assert.equal(seen?.headers['x-forwarded-port'], '8443')
    assert.equal(seen?.headers['x-forwarded-host'], 'out.test')
    assert.equal(seen?.headers['x-carrel-proxy-auth'], undefined)
  })

  it('leaves answers as they are', async () => {
    const backend = await startBackend(cleanup, (_req, res) => {
      res.writeHead(302, {
        location: 'http://127.0.0.1:1/x',
        'set-cookie': ['a=1; Path=/', 'b=2; Domain=x.test'],
        'access-control-allow-origin': '*',
        'x-frame-options': 'DENY',
      })
      res.end()
    })
    const proxy = await start(cleanup, { hubs: [backend.url] })
    const { status, headers } = await ask(proxy.urls[0], '/')
    assert.equal(status, 302)
    assert.equal(headers.location, 'http://127.0.0.1:1/x')
    assert.deepEqual(headers['set-cookie'], ['a=1; Path=/', 'b=2; Domain=x.test'])
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  it('takes WebSockets from anywhere and marks them as such', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start(cleanup, { hubs: [backend.url] })
    const socket = openWebSocket(proxy.urls[0], '/ws', { origin: 'https://else.example' })
    await once(socket, 'open')
    socket.send('hello')
    const [echo] = await once(socket, 'message')
    assert.equal(String(echo), 'hello')
    assert.equal(backend.requests[0]?.headers['x-forwarded-proto'], 'ws')
    socket.terminate()
  })

  it('answers 404 without a route and 503 when the target is dead', async () => {
    const proxy = await start(cleanup)
    await addRoute(proxy, { path: '/dead/', target: 'http://127.0.0.1:1' })
    assert.equal((await ask(proxy.urls[0], '/none')).status, 404)
    const { status, body } = await ask(proxy.urls[0], '/dead', { headers: { accept: 'text/html' } })
    assert.equal(status, 503)
    assert.match(body, /^<!doctype html>/)
    assert.equal((await ask(proxy.urls[0], '/%zz')).status, 400)
  })

  it('reports its health, also at configurable-http-proxy’s address', async () => {
    const proxy = await start(cleanup)
    for (const path of ['/_chp_healthz', '/_carrel/health']) {
      const { status, body } = await ask(proxy.urls[0], path, { host: '10.0.0.1:8000' })
      assert.equal(status, 200)
      assert.deepEqual(JSON.parse(body), { status: 'OK' })
    }
  })

  it('shows the error pages of an error target under the original status', async () => {
    const errors = await startBackend(cleanup, (req, res) => {
      res.writeHead(200, { 'content-type': 'text/html' })
      res.end(`page for ${req.url}`)
    })
    const proxy = await start(cleanup, { errorTarget: `${errors.url}/hub/error` })
    const { status, body } = await ask(proxy.urls[0], '/none?secret=1')
    assert.equal(status, 404)
    assert.equal(body, 'page for /hub/error/404?url=%2Fnone')
    await new Promise((resolve) => errors.server.close(resolve))
    assert.equal((await ask(proxy.urls[0], '/none')).status, 404)
  })

  it('shows the error pages of a folder', async () => {
    const folder = await temporaryFolder(cleanup)
    await writeFile(join(folder, '404.html'), 'not here')
    await writeFile(join(folder, 'error.html'), 'some error')
    const proxy = await start(cleanup, { errorPath: folder })
    await addRoute(proxy, { path: '/dead/', target: 'http://127.0.0.1:1' })
    assert.equal((await ask(proxy.urls[0], '/none')).body, 'not here')
    assert.equal((await ask(proxy.urls[0], '/dead')).body, 'some error')
  })

  describe('knows when a route was last active', () => {
    let clock = Date.parse('2026-01-01T00:00:00Z')
    const begin = async (listener?: Parameters<typeof startBackend>[1]) => {
      clock = Date.parse('2026-01-01T00:00:00Z')
      const backend = await startBackend(cleanup, listener)
      const proxy = await start(cleanup, { forTests: { now: () => clock } })
      await addRoute(proxy, { path: '/a/', target: backend.url })
      const activity = async () => Date.parse(JSON.parse((await api(proxy, 'GET', '/api/routes/a')).body).last_activity)
      return { backend, proxy, activity }
    }

    const statuses: [number, boolean][] = [
      [200, true],
      [204, true],
      [302, false],
      [304, false],
      [404, false],
      [500, false],
    ]
    for (const [status, counts] of statuses) {
      it(`an answer of ${status} ${counts ? 'counts' : 'does not count'}`, async () => {
        const { proxy, activity } = await begin((_req, res) => res.writeHead(status).end())
        const before = clock
        clock += 1000
        await ask(proxy.urls[0], '/a')
        assert.equal(await activity(), counts ? clock : before)
      })
    }

    it('by data of the client on a WebSocket, but not by pings, pongs or data of the server', async () => {
      const { proxy, activity } = await begin()
      const socket = openWebSocket(proxy.urls[0], '/a/ws', {})
      await once(socket, 'open')
      const before = clock
      clock += 1000
      const ponged = once(socket, 'pong')
      socket.pong()
      socket.ping()
      await ponged
      assert.equal(await activity(), before)
      socket.send('x')
      await once(socket, 'message')
      assert.equal(await activity(), clock)
      socket.terminate()
    })

    it('by data on a WebSocket that was opened before the route was written again', async () => {
      const { backend, proxy, activity } = await begin()
      const socket = openWebSocket(proxy.urls[0], '/a/ws', {})
      await once(socket, 'open')
      await addRoute(proxy, { path: '/a/', target: backend.url })
      clock += 1000
      socket.send('x')
      await once(socket, 'message')
      assert.equal(await activity(), clock)
      socket.terminate()
    })
  })

  it('exists beside seats: a route without access on the servers’ host', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await startSite(cleanup, await startFakeHub(cleanup))
    await addRoute(proxy, { path: '/services/x/', target: backend.url })
    const { status } = await ask(proxy.urls[0], '/services/x/y', { headers: { cookie: 'a=1; seat-abc=2' } })
    assert.equal(status, 200)
    assert.equal(backend.requests[0]?.headers.cookie, 'a=1')
    await until(() => backend.requests.length === 1, 'it came once')
  })
})
