import assert from 'node:assert/strict'
import { once } from 'node:events'
import { serverToken } from '../../../seats/keys.ts'
import { seatMilliseconds } from '../../../seats/seat.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  foreignLink,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatCookieOf,
  seatOf,
  serversUrl,
  siteForEach,
  startBackend,
  startSite,
  token,
} from '../world.ts'

describe('a server behind a seat', () => {
  const site = siteForEach()

  const path = '/user/ann/demo/lab'

  it('is reached by its own pages with a seat, and gets its own token', async () => {
    const { status } = await ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal(status, 200)
    assert.equal(site.backend.requests[0]?.headers.authorization, `token ${serverToken(keys.all[0], 's1', 1)}`)
  })

  const forged = cookieOf().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  const refused: [string, string | undefined, string][] = [
    ['no seat', undefined, 'seat_missing'],
    ['a forged seat', forged, 'seat_invalid'],
    ['a truncated seat', cookieOf().slice(0, -10), 'seat_invalid'],
    ['an empty seat', `${cookieOf().split('=')[0]}=`, 'seat_invalid'],
    ['an expired seat', cookieOf(seatOf({ expires: Date.now() - 1 })), 'seat_expired'],
    ['a seat of another user', cookieOf(seatOf({ user: 'u2' })), 'seat_ended'],
    ['a seat of another run', cookieOf(seatOf({ run: 2 })), 'seat_invalid'],
    ['a seat of another server', cookieOf(seatOf({ server: 's2' })), 'seat_missing'],
    [
      'a seat of another server under this name',
      cookieOf(seatOf({ server: 's2' })).replace(/^[^=]*/, cookieOf().split('=')[0] ?? ''),
      'seat_invalid',
    ],
  ]
  for (const [what, cookie, code] of refused) {
    it(`refuses ${what}`, async () => {
      const headers = { ...ownPage, ...(cookie === undefined ? {} : { cookie }) }
      const { status, body } = await ask(site.proxy.urls[0], path, { headers })
      assert.equal(status, 403)
      assert.equal(JSON.parse(body).error, code)
      assert.deepEqual(site.backend.requests, [])
    })
  }

  it('finds the valid cookie among several of one name with __Host-, but tries only eight', async () => {
    const hosts = { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' }
    const own = await startSite(site.cleanup, site.hub, hosts)
    await addRoute(own, routeOf(site.backend))
    const cookie = seatCookieOf({ ownHost: true, secure: true })
    const statusAfter = async (count: number) => {
      const before = Array.from({ length: count }, () => forged.replace(/^[^=]*/, '__Host-Http-seat'))
      const headers = { ...ownPage, cookie: [...before, cookie].join('; ') }
      return (await ask(own.urls[0], path, { host: 'label0001.nb.test', headers })).status
    }
    assert.equal(await statusAfter(7), 200)
    assert.equal(await statusAfter(8), 403)
  })

  it('believes none of several cookies of one name without that prefix, and reports it', async () => {
    for (const cookie of [`${forged}; ${cookieOf()}`, `${cookieOf()}; ${forged}`, `${cookieOf()}; ${cookieOf()}`]) {
      const { status, body } = await ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie } })
      assert.deepEqual([status, JSON.parse(body).error], [403, 'seat_ambiguous'])
    }
    assert.deepEqual(site.backend.requests, [])
  })

  it('sends people without a seat, or from elsewhere, to the hub, without the token', async () => {
    for (const cookie of ['', cookieOf()]) {
      const { status, headers } = await ask(site.proxy.urls[0], `${path}/tree/a%20b?x=1&token=secret`, {
        headers: { ...foreignLink, cookie },
      })
      assert.equal(status, 303)
      assert.equal(headers.location, `${hubUrl}/hub/open?to=${encodeURIComponent(`${path}/tree/a%20b?x=1`)}`)
    }
  })

  it('keeps the secrets of browser and hub from the server', async () => {
    await ask(site.proxy.urls[0], `${path}?a=1&token=x&%74oken=y&b=%2f`, {
      headers: {
        ...ownPage,
        cookie: `_xsrf=2|a; ${cookieOf()}; carrel=1; __Host-Http-carrel=2; __http-seat-x=3; other=4`,
        authorization: `token ${serverToken(keys.all[0], 's1', 1)}`,
        forwarded: 'for=1.1.1.1',
        'x-forwarded-for': '1.1.1.1',
        'x-forwarded-port': '1',
        'x-real-ip': '1.1.1.1',
        'x-carrel-proxy-auth': 'guess',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        te: 'trailers',
        'proxy-authorization': 'Basic eA==',
      },
    })
    const [seen] = site.backend.requests
    assert.ok(seen)
    const { url, headers } = seen
    assert.equal(url, `${path}?a=1&b=%2f`)
    assert.equal(headers.cookie, '_xsrf=2|a; other=4')
    assert.equal(headers.host, 'nb.test')
    assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(headers['x-forwarded-proto'], 'http')
    assert.equal(headers['x-forwarded-host'], 'nb.test')
    for (const name of ['forwarded', 'x-forwarded-port', 'x-real-ip', 'x-carrel-proxy-auth', 'x-hop', 'te']) {
      assert.equal(headers[name], undefined, name)
    }
    assert.equal(headers['proxy-authorization'], undefined)
    assert.doesNotMatch(JSON.stringify(headers), new RegExp(token))
  })

  it('opens WebSockets for its own pages only', async () => {
    const cases: [Record<string, string>, 'open' | number][] = [
      [{ origin: serversUrl, cookie: cookieOf() }, 'open'],
      [{ cookie: cookieOf() }, 403],
      [{ origin: 'https://evil.example', cookie: cookieOf() }, 403],
      [{ origin: hubUrl, cookie: cookieOf() }, 403],
      [{ origin: 'null', cookie: cookieOf() }, 403],
      [{ origin: serversUrl }, 403],
    ]
    for (const [headers, expected] of cases) {
      const socket = openWebSocket(site.proxy.urls[0], '/user/ann/demo/api/kernels/1/channels', headers)
      assert.equal(await outcome(socket), expected, JSON.stringify(headers))
      socket.terminate()
    }
    assert.equal(site.backend.requests.length, 1)
    assert.equal(site.backend.requests[0]?.headers.authorization, `token ${serverToken(keys.all[0], 's1', 1)}`)
    assert.equal(site.backend.requests[0]?.headers.cookie, undefined)
  })

  it('carries the messages of a WebSocket, both ways', async () => {
    const socket = openWebSocket(site.proxy.urls[0], '/user/ann/demo/ws', { origin: serversUrl, cookie: cookieOf() })
    await once(socket, 'open')
    const big = Buffer.alloc(1_000_000, 'x')
    socket.send(big)
    const [echo] = (await once(socket, 'message')) as [Buffer]
    assert.ok(echo.equals(big))
    socket.close()
    await once(socket, 'close')
    await until(() => site.backend.sockets.size === 0, 'the backend side closes too')
  })

  const endings: [string, () => Promise<unknown>][] = [
    ['its route is removed', () => api(site.proxy, 'DELETE', '/api/routes/user/ann/demo?revision=2')],
    [
      'a new run begins',
      () => addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ run: 2 }) })),
    ],
    [
      'the seat is among those that have ended',
      () => addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ ended: ['seat-1'] }) })),
    ],
    [
      'all seats of before now have ended',
      () =>
        addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ since: Date.now() + 1000 }) })),
    ],
  ]
  for (const [when, end] of endings) {
    it(`closes WebSockets and refuses the seat when ${when}`, async () => {
      const socket = openWebSocket(site.proxy.urls[0], '/user/ann/demo/ws', { origin: serversUrl, cookie: cookieOf() })
      await once(socket, 'open')
      await Promise.all([once(socket, 'close'), end()])
      const { status } = await ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie: cookieOf() } })
      assert.ok(status === 403 || status === 424, String(status))
    })
  }

  it('breaks off an answer under way when its route is removed', async () => {
    const endless = await startBackend(site.cleanup, (_req, res) => void res.writeHead(200).write('data: 1\n\n'))
    await addRoute(site.proxy, routeOf(endless, { revision: 2 }))
    const asked = ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie: cookieOf() } })
    await until(() => endless.sockets.size === 1, 'the request reaches the server')
    await Promise.all([assert.rejects(asked), api(site.proxy, 'DELETE', '/api/routes/user/ann/demo?revision=3')])
    await until(() => endless.sockets.size === 0, 'the server sees it leave')
  })

  it('leaves WebSockets open when another person’s seat ends, and goes on to count what they carry as activity', async () => {
    const socket = openWebSocket(site.proxy.urls[0], '/user/ann/demo/ws', { origin: serversUrl, cookie: cookieOf() })
    await once(socket, 'open')
    await addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ ended: ['seat-2'] }) }))
    const written = Date.now()
    await until(() => Date.now() > written)
    socket.send('still here')
    await once(socket, 'message')
    const { body } = await api(site.proxy, 'GET', '/api/routes/user/ann/demo')
    assert.ok(Date.parse(JSON.parse(body).last_activity) > written)
    socket.terminate()
  })

  it('renews a seat that is half over, and keeps its time of issue', async () => {
    const issued = Date.now() - seatMilliseconds / 2 - 1000
    const { headers } = await ask(site.proxy.urls[0], path, {
      headers: { ...ownPage, cookie: cookieOf(seatOf({ issued })) },
    })
    const [cookie = ''] = headers['set-cookie'] ?? []
    assert.match(cookie, /; Path=\/user\/ann\/demo\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
    const payload = JSON.parse(Buffer.from(cookie.split('.')[2] ?? '', 'base64url').toString())
    assert.equal(payload[5], issued)
    assert.ok(payload[6] > Date.now() + seatMilliseconds - 10_000)
    const again = await ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie: cookie.split(';')[0] ?? '' } })
    assert.equal(again.status, 200)
    assert.equal(again.headers['set-cookie'], undefined)
  })

  it('answers the preflights of a course’s origins, and never with credentials', async () => {
    const revision = 2
    await addRoute(
      site.proxy,
      routeOf(site.backend, { revision, access: accessOf({ cors: ['https://tool.example'] }) }),
    )
    const preflight = (origin: string) =>
      ask(site.proxy.urls[0], '/user/ann/demo/api/kernels', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const known = await preflight('https://tool.example')
    assert.equal(known.status, 204)
    assert.equal(known.headers['access-control-allow-origin'], 'https://tool.example')
    assert.equal(known.headers['access-control-allow-credentials'], undefined)
    const unknown = await preflight('https://evil.example')
    assert.equal(unknown.status, 204)
    assert.deepEqual(
      Object.keys(unknown.headers).filter((name) => name.startsWith('access-control')),
      [],
    )
    assert.deepEqual(site.backend.requests, [])
  })

  it('refuses paths that programs read differently, and forwards the rest byte for byte', async () => {
    const headers = { ...ownPage, cookie: cookieOf() }
    const unclear = ['/user/ann/demo/../x', '/user/ann/demo/%2e%2E/x', '/user/ann/demo/.%2e/x', '/user/%61nn/demo/x']
    unclear.push(
      '/user/ann/demo/./x',
      '/user/ann/demo/a%2f..%2fb',
      '/user/ann%2fdemo/x',
      '/user/ann/demo/%',
      '/user/ann/demo/%zz',
    )
    for (const url of unclear) {
      assert.equal((await ask(site.proxy.urls[0], url, { headers })).status, 400, url)
    }
    assert.deepEqual(site.backend.requests, [])
    const clear = [
      '/user/ann/demo//x//',
      '/user/ann/demo/%7B|{}',
      '/user/ann/demo/a%2Fb?',
      '/user/ann/demo/...?a=%2e%2e/&&',
    ]
    for (const url of clear) {
      assert.equal((await ask(site.proxy.urls[0], url, { headers })).status, 200, url)
    }
    assert.deepEqual(
      site.backend.requests.map(({ url }) => url),
      clear,
    )
  })

  it('answers 503 with a page that says what to do when the server has died', async () => {
    site.backend.server.close()
    for (const socket of site.backend.sockets) socket.destroy()
    const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const {
      status,
      body,
      headers: answered,
    } = await ask(site.proxy.urls[0], path, { headers: { ...headers, cookie: cookieOf() } })
    assert.equal(status, 503)
    assert.match(body, /^<!doctype html>/)
    assert.match(body, /hub\/open\?to=/)
    assert.match(String(answered['content-security-policy']), /frame-ancestors 'self' http:\/\/hub\.test/)
    const json = await ask(site.proxy.urls[0], path, { headers: { ...ownPage, cookie: cookieOf() } })
    assert.deepEqual(Object.keys(JSON.parse(json.body)), ['error', 'message', 'status', 'error_id'])
  })
})
