import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startProxy } from '../../../proxy/proxy.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  api,
  ask,
  cookieOf,
  deadHub,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  ownPage,
  raw,
  routeOf,
  serversUrl,
  silent,
  siteForEach,
  start,
  startBackend,
  startSite,
  temporaryFolder,
  token,
} from '../world.ts'

describe('the host of a request', () => {
  const site = siteForEach({ route: false })

  const navigation = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

  it('decides before the path: under the hub’s host also servers’ paths go to the hub', async () => {
    const backend = await startBackend(site.cleanup)
    await addRoute(site.proxy, routeOf(backend))
    for (const host of ['hub.test', 'HUB.test', 'hub.test:80']) {
      for (const path of ['/', '/hub/home?x=1', '/user/ann/demo/lab', '/_carrel/seat']) {
        const { status, body } = await ask(site.proxy.urls[0], path, {
          host,
          headers: { cookie: cookieOf(), ...ownPage },
        })
        assert.equal(status, 200)
        assert.equal(JSON.parse(body).url, path)
      }
    }
    assert.deepEqual(backend.requests, [])
  })

  it('shows a page that tries again by itself while no hub answers, to a person only', async () => {
    const alone = await startSite(site.cleanup, deadHub)
    const asked = (method: string, headers: Record<string, string>) =>
      ask(alone.urls[0], '/hub/home', { host: 'hub.test', method, headers })
    const page = await asked('GET', navigation)
    assert.deepEqual([page.status, page.headers.refresh], [503, '5'])
    assert.match(page.body, /This page tries again by itself/)
    const others: Parameters<typeof asked>[] = [
      ['POST', { ...navigation, 'content-length': '0' }],
      ['GET', ownPage],
    ]
    for (const other of others) {
      const answer = await asked(...other)
      assert.deepEqual([answer.status, answer.headers.refresh], [503, undefined])
    }
  })

  it('gets the proxy’s secret at the hub, which no client can send in its place', async () => {
    const { body } = await ask(site.proxy.urls[0], '/hub/home', {
      host: 'hub.test',
      headers: {
        cookie: 'carrel=1',
        authorization: 'token mine',
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-port': '1',
        forwarded: 'for=6.6.6.6',
        'x-carrel-proxy-auth': 'guess',
        'x-carrel-else': '1',
        'x-request-id': 'mine',
        connection: 'x-carrel-proxy-auth, x-forwarded-for',
      },
    })
    const { headers } = JSON.parse(body)
    assert.equal(headers['x-carrel-proxy-auth'], token)
    assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/)
    assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(headers['x-forwarded-proto'], 'http')
    assert.equal(headers['x-forwarded-host'], 'hub.test')
    assert.equal(headers.cookie, 'carrel=1')
    assert.equal(headers.authorization, 'token mine')
    for (const name of ['x-forwarded-port', 'forwarded', 'x-carrel-else']) assert.equal(headers[name], undefined, name)
  })

  it('is refused when it is neither the hub’s nor the servers’', async () => {
    for (const host of [
      'evil.example',
      'hub.test.',
      'hub.test:8080',
      'nb.test@hub.test',
      'x.nb.test',
      '127.0.0.1',
      '',
    ]) {
      const { status } = await ask(site.proxy.urls[0], '/hub/home', { host })
      assert.ok(status === 421 || (host === '' && status === 400), host)
    }
    assert.deepEqual(site.hub.requests, [])
  })

  it('is refused when there are two', async () => {
    const answer = await raw(
      site.proxy.urls[0],
      'GET / HTTP/1.1\r\nhost: hub.test\r\nhost: hub.test\r\n\r\n',
      /\r\n\r\n/,
    )
    assert.match(answer, /^HTTP\/1\.1 400 /)
  })

  it('is the one in an absolute request target', async () => {
    const asked = (target: string, host: string) =>
      raw(site.proxy.urls[0], `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    assert.match(await asked('http://hub.test/x', 'hub.test'), /^HTTP\/1\.1 200 /)
    assert.match(await asked('http://hub.test/x', 'nb.test'), /^HTTP\/1\.1 400 /)
    assert.match(await asked('http://evil.example/x', 'evil.example'), /^HTTP\/1\.1 421 /)
  })

  it('sends people to the hub where it is the servers’ and no route fits', async () => {
    const go = async (path: string) => (await ask(site.proxy.urls[0], path, { headers: navigation })).headers.location
    assert.equal(
      await go('/user/ann/lab?a=1&token=x'),
      `${hubUrl}/hub/open?to=${encodeURIComponent('/user/ann/lab?a=1')}`,
    )
    assert.equal(await go('/'), `${hubUrl}/`)
    assert.equal(await go('/hub/home?x=1'), `${hubUrl}/hub/home?x=1`)
    assert.equal(await go('//evil.example/x'), `${hubUrl}//evil.example/x`)
  })

  it('gives programs an answer where it is the servers’ and no route fits', async () => {
    const cases: [string, string, number][] = [
      ['GET', '/user/ann/api/status', 424],
      ['POST', '/user/ann/api/kernels', 424],
      ['GET', '/hub/api', 404],
      ['POST', '/', 404],
      ['GET', '/user/%zz', 400],
    ]
    for (const [method, path, status] of cases) {
      const answer = await ask(site.proxy.urls[0], path, { method, headers: ownPage })
      assert.equal(answer.status, status, path)
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.deepEqual(Object.keys(JSON.parse(answer.body)), ['error', 'message', 'status', 'error_id'])
    }
    assert.equal(await outcome(openWebSocket(site.proxy.urls[0], '/user/ann/ws', { origin: serversUrl })), 424)
    assert.equal(await outcome(openWebSocket(site.proxy.urls[0], '/ws', { origin: serversUrl })), 404)
  })

  it('of the hub answers a 503 page when the hub is away, and asks another hub where there is one', async () => {
    const alone = await startSite(site.cleanup, deadHub)
    const { status, headers, body } = await ask(alone.urls[0], '/hub/home', { host: 'hub.test', headers: navigation })
    assert.equal(status, 503)
    assert.equal(headers['retry-after'], '5')
    assert.match(body, /Running notebooks are not affected/)
    const two = await startSite(site.cleanup, site.hub, { hubs: [deadHub.url, site.hub.url] })
    for (const method of ['GET', 'POST']) {
      assert.equal((await ask(two.urls[0], '/hub/x', { host: 'hub.test', method })).status, 200)
    }
  })

  it('of the hub leads to a unix socket too, for pages and for tickets', async () => {
    const folder = await temporaryFolder(site.cleanup)
    const backend = await startBackend(
      site.cleanup,
      (req, res) => res.writeHead(req.url === '/hub/api/seats' ? 404 : 200).end(),
      join(folder, 'hub.sock'),
    )
    const proxy = await startSite(site.cleanup, backend)
    assert.equal((await ask(proxy.urls[0], '/hub/home', { host: 'hub.test' })).status, 200)
    const { status, body } = await ask(proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: `ticket=${'x'.repeat(43)}`,
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.deepEqual([status, JSON.parse(body).error], [403, 'ticket_unknown'])
  })
})

describe('starting and stopping a proxy', () => {
  const cleanup = cleanupAfterEach()

  it('listens on both loopback addresses, on one port', async function () {
    const proxy = await start(cleanup, { listen: { ips: ['127.0.0.1', '::1'], port: 0 } })
    const ports = proxy.urls.map((url) => new URL(url).port)
    assert.equal(new Set(ports).size, 1)
    if (proxy.urls.length === 1) return this.skip()
    assert.equal((await ask(proxy.urls[1] ?? '', '/_carrel/health')).status, 200)
    return undefined
  })

  it('leaves out a further address that this machine does not have', async () => {
    const proxy = await start(cleanup, { listen: { ips: ['127.0.0.1', '192.0.2.1'], port: 0 } })
    assert.equal(proxy.urls.length, 1)
  })

  it('fails, and leaves nothing open, when a port is taken', async () => {
    const first = await start(cleanup)
    const port = Number(new URL(first.urls[0]).port)
    await assert.rejects(start(cleanup, { listen: { ips: ['127.0.0.1'], port } }), { code: 'EADDRINUSE' })
  })

  it('takes over the socket of a killed proxy, but not of a living one', async () => {
    const folder = await temporaryFolder(cleanup)
    const socket = join(folder, 'api.sock')
    const first = await start(cleanup, { api: { socket } })
    await assert.rejects(start(cleanup, { api: { socket } }), { code: 'EADDRINUSE' })
    assert.equal((await api(first, 'GET', '/api/routes')).status, 200)

    const dead = createServer().listen(join(folder, 'before.sock'))
    await once(dead, 'listening')
    // A closed server removes its socket by the name that it had.
    await rename(join(folder, 'before.sock'), join(folder, 'left.sock'))
    await new Promise((resolve) => dead.close(resolve))
    const second = await start(cleanup, { api: { socket: join(folder, 'left.sock') } })
    assert.equal((await api(second, 'GET', '/api/routes')).status, 200)
  })

  it('leaves nothing open where the address for browsers is taken', async () => {
    const socket = join(await temporaryFolder(cleanup), 'api.sock')
    const first = await start(cleanup)
    const listen = { ips: ['127.0.0.1'], port: Number(new URL(first.urls[0]).port) } as const
    await assert.rejects(start(cleanup, { api: { socket }, listen }), { code: 'EADDRINUSE' })
    const second = await start(cleanup, { api: { socket } })
    assert.equal((await api(second, 'GET', '/api/routes')).status, 200)
  })

  it('lets requests under way finish, cuts those that last too long, and may be stopped twice', async () => {
    let finish: () => void = () => {}
    const asked: string[] = []
    const backend = await startBackend(cleanup, (req, res) => {
      asked.push(req.url ?? '')
      if (req.url === '/short') finish = () => res.end('done')
    })
    const proxy = await start(cleanup, { hubs: [backend.url], forTests: { graceSeconds: 0.3 } })
    const short = ask(proxy.urls[0], '/short')
    const long = ask(proxy.urls[0], '/long').then(
      () => 'answered',
      () => 'cut',
    )
    await until(() => asked.length === 2)
    const stopped = Promise.all([proxy.stop(), proxy.stop()])
    finish()
    assert.equal((await short).body, 'done')
    assert.equal(await long, 'cut')
    await stopped
    await assert.rejects(ask(proxy.urls[0], '/short'))
  })

  const wrong: [string, object, RegExp][] = [
    ['a hub URL alone', { hubUrl }, /come together/],
    ['equal URLs', { hubUrl, serversUrl: hubUrl, keys }, /must differ/],
    ['the switch for equal URLs without them', { hubUrl, serversUrl, keys, shareHubOrigin: true }, /must equal/],
    ['two schemes', { hubUrl, serversUrl: 'https://nb.test', keys }, /same scheme/],
    ['a URL with a path', { hubUrl: `${hubUrl}/x`, serversUrl, keys }, /hub URL is an origin/],
    ['two wildcards', { hubUrl, serversUrl: 'http://*.*.nb.test', keys }, /servers URL is an origin/],
    ['a wildcard inside', { hubUrl, serversUrl: 'http://a.*.nb.test', keys }, /servers URL is an origin/],
    ['a part of a label as wildcard', { hubUrl, serversUrl: 'http://a*.nb.test', keys }, /servers URL is an origin/],
    ['a wildcard for the hub', { hubUrl: 'http://*.test', serversUrl, keys }, /hub URL is an origin/],
    ['a wildcard that covers the hub', { hubUrl, serversUrl: 'http://*.test', keys }, /covers the hub URL/],
    ['no keys', { hubUrl, serversUrl }, /needs the keys/],
    ['no hub', { hubUrl, serversUrl, keys, hubs: [] }, /needs a hub/],
  ]
  for (const [what, options, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const listen = { ips: ['127.0.0.1'], port: 0 } as const
      const rest = { listen, api: listen, hubs: ['http://127.0.0.1:1'], token, log: silent, insecureHttp: true }
      await assert.rejects(startProxy({ ...rest, ...options }), message)
    })
  }
})
