import assert from 'node:assert/strict'
import {
  accessOf,
  addRoute,
  ask,
  type Backend,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatCookieOf,
  seatOf,
  siteForEach,
  startBackend,
  startSite,
} from '../world.ts'

const hubUrl = 'http://hub.test'
const ticket = 'T'.repeat(43)
const navigation = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** Two servers, each with a host of its own: A is `label0001`, B is `label0002`. */
describe('a host for each server', () => {
  let [a, b]: Backend[] = []
  const accessA = accessOf()
  const accessB = accessOf({ server: 's2', label: 'label0002' })
  const scope = { ownHost: true, secure: false }
  const cookieA = seatCookieOf(scope)
  const cookieB = seatCookieOf(scope, seatOf({ server: 's2' }), accessB)
  const [hostA, hostB] = ['label0001.nb.test', 'label0002.nb.test']
  const [pathA, pathB] = ['/user/ann/demo/', '/user/ann/other/']

  const site = siteForEach({
    options: () => ({ serversUrl: 'http://*.nb.test' }),
    route: { path: pathA, access: accessA },
  })

  beforeEach(async () => {
    a = site.backend
    b = await startBackend(site.cleanup)
    await addRoute(site.proxy, routeOf(b, { path: pathB, access: accessB }))
  })

  const get = (host: string, path: string, headers: Record<string, string> = {}) =>
    ask(site.proxy.urls[0], path, { host, headers })
  const arrived = () => [...(a?.requests ?? []), ...(b?.requests ?? [])].length

  it('lets each seat in at its own server’s host', async () => {
    assert.equal((await get(hostA, `${pathA}lab`, { ...ownPage, cookie: cookieA })).status, 200)
    assert.equal((await get(hostB, `${pathB}lab`, { ...ownPage, cookie: cookieB })).status, 200)
    assert.equal(arrived(), 2)
  })

  // A browser writes hosts in lower case and without the scheme's own port. Other programs may write them otherwise.
  for (const host of ['LABEL0001.nb.test', 'label0001.NB.Test', 'label0001.nb.test:80']) {
    it(`takes ${host} for the server’s host`, async () => {
      assert.equal((await get(host, `${pathA}lab`, { ...ownPage, cookie: cookieA })).status, 200)
    })
  }

  const nobodys = [
    'nb.test',
    '*.nb.test',
    '.nb.test',
    '..nb.test',
    'label0001.label0001.nb.test',
    'a.label0001.nb.test',
    'label0001..nb.test',
    'label0001.nb.test.',
    'label0001.nb.test:81',
    'label0001.nb.test:',
    'label0001nb.test',
    'label0001.nb.test.evil.example',
    'evil.example#label0001.nb.test',
    'label0001@nb.test',
    'x@label0001.nb.test',
    'label-0001.nb.test',
    'label_0001.nb.test',
    'xn--label0001-abc.nb.test',
    'lab.nb.test',
    `${'l'.repeat(33)}.nb.test`,
    'hub.nb.test',
    '%6cabel0001.nb.test',
    'label0001.nb.test/',
    'label0001.nb.test hub.test',
  ]
  for (const host of nobodys) {
    it(`knows no host ${host}`, async () => {
      for (const path of [`${pathA}lab`, '/', '/hub/home', '/_carrel/seat']) {
        const { status } = await get(host, path, { ...ownPage, cookie: cookieA })
        assert.ok(status === 421 || status === 400, `${path}: ${status}`)
      }
      assert.equal(arrived() + site.hub.requests.length, 0)
    })
  }

  it('refuses a server at the host of another one, with cookies of either, and names neither', async () => {
    for (const cookie of [cookieA, cookieB, `${cookieA}; ${cookieB}`]) {
      for (const headers of [ownPage, navigation]) {
        const { status, body } = await get(hostB, `${pathA}lab`, { ...headers, cookie })
        assert.equal(status, 421)
        assert.doesNotMatch(body, /label000/)
      }
    }
    assert.equal(arrived(), 0)
  })

  it('refuses a seat of one server at the host of the other, under its cookie’s name', async () => {
    const asked = await get(hostB, `${pathB}lab`, { ...ownPage, cookie: cookieA })
    assert.deepEqual([asked.status, JSON.parse(asked.body).error], [403, 'seat_invalid'])
    const looked = await get(hostB, `${pathB}lab`, { ...navigation, cookie: cookieA })
    assert.equal(looked.headers.location, `${hubUrl}/hub/open?to=${encodeURIComponent(`${pathB}lab`)}`)
    assert.equal(arrived(), 0)
  })

  it('knows no seat under the name that it would have on another kind of host', async () => {
    for (const other of [
      { ownHost: false, secure: false },
      { ownHost: false, secure: true },
      { ownHost: true, secure: true },
    ]) {
      const { status, body } = await get(hostA, `${pathA}lab`, { ...ownPage, cookie: seatCookieOf(other) })
      assert.deepEqual([status, JSON.parse(body).error], [403, 'seat_missing'])
    }
  })

  it('takes pages of another server for foreign ones, whatever cookies come along', async () => {
    const sameSite = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const origin = `http://${hostB}`
    assert.equal((await get(hostA, `${pathA}api`, { ...sameSite, origin, cookie: cookieA })).status, 403)
    assert.equal((await get(hostA, `${pathA}api`, { origin, cookie: cookieA })).status, 403)
    const link = await get(hostA, `${pathA}lab`, { ...navigation, 'sec-fetch-site': 'same-site', cookie: cookieA })
    assert.equal(link.status, 303)
    const open = (from: string) =>
      outcome(openWebSocket(site.proxy.urls[0], `${pathA}ws`, { host: hostA, origin: from, cookie: cookieA }))
    assert.equal(await open(origin), 403)
    assert.equal(await open('http://nb.test'), 403)
    assert.equal(await open('http://*.nb.test'), 403)
    assert.equal(await open(hubUrl), 403)
    assert.equal(arrived(), 0)
    assert.equal(await open(`http://${hostA}`), 'open')
  })

  it('sends people to the hub, and answers programs, at the host of a server that is no more', async () => {
    const gone = 'label0009.nb.test'
    const looked = await get(gone, `${pathA}lab?token=x&a=1`, { ...navigation, cookie: cookieA })
    assert.equal(looked.headers.location, `${hubUrl}/hub/open?to=${encodeURIComponent(`${pathA}lab?a=1`)}`)
    assert.equal((await get(gone, '/', navigation)).headers.location, `${hubUrl}/`)
    assert.equal((await get(gone, `${pathA}api`, { ...ownPage, cookie: cookieA })).status, 424)
    assert.equal((await get(gone, '/x', ownPage)).status, 404)
    assert.equal(arrived() + site.hub.requests.length, 0)
  })

  it('forgets a host with its route, and knows it again', async () => {
    const headers = { authorization: 'token proxy-token-that-is-long-enough-0123456789' }
    assert.equal((await get(hostB, `${pathA}api`, ownPage)).status, 421)
    await ask(site.proxy.apiUrl, `/api/routes${pathB}?revision=2`, { method: 'DELETE', headers })
    assert.equal((await get(hostB, `${pathA}api`, ownPage)).status, 424)
    await addRoute(site.proxy, routeOf(b ?? site.hub, { path: pathB, access: accessB, revision: 3 }))
    await addRoute(site.proxy, routeOf(b ?? site.hub, { path: pathB, access: accessB, revision: 4 }))
    assert.equal((await get(hostB, `${pathA}api`, ownPage)).status, 421)
  })

  describe('a ticket', () => {
    beforeEach(() => {
      const { expires: _, ...seat } = seatOf()
      const route = routeOf(a ?? site.hub, { path: pathA, access: accessA, revision: 7 })
      site.hub.tickets.set(ticket, { seat: { ...seat, kid: 'k1' }, to: `${pathA}lab`, route })
    })
    const form = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }
    const enter = (host: string, proxy = site.proxy, headers: Record<string, string> = {}) =>
      ask(proxy.urls[0], '/_carrel/seat', {
        method: 'POST',
        host,
        body: `ticket=${ticket}`,
        headers: { ...form, ...headers },
      })

    it('gives a seat at its server’s host, for all of that host', async () => {
      const { status, headers } = await enter(hostA)
      assert.equal(status, 303)
      assert.match(headers.location ?? '', /^\/user\/ann\/demo\/_carrel\/seated\?to=/)
      assert.match(headers['set-cookie']?.[0] ?? '', /^seat=v1\.[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
    })

    it('gives a seat that no neighbour and no script can set, on https', async () => {
      const urls = { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' }
      const secure = await startSite(site.cleanup, site.hub, urls)
      const { headers } = await enter(hostA, secure, { origin: urls.hubUrl })
      assert.match(
        headers['set-cookie']?.[0] ?? '',
        /^__Host-Http-seat=v1\.[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/,
      )
    })

    for (const [what, host] of [
      ['another server', hostB],
      ['no server', 'label0009.nb.test'],
    ] as const) {
      it(`is used up, and gives nothing, at the host of ${what}`, async () => {
        const { status, headers, body } = await enter(host)
        assert.deepEqual([status, JSON.parse(body).error], [421, 'host_wrong'])
        assert.equal(headers['set-cookie'], undefined)
        assert.equal((await enter(hostA)).status, 403)
      })
    }

    it('is not taken at the hub’s host or at the servers’ parent', async () => {
      assert.equal((await enter('nb.test')).status, 421)
      assert.equal((await enter('hub.test')).status, 200)
      assert.equal(site.hub.tickets.has(ticket), true)
    })

    it('is not taken from a page of a server, not even of its own', async () => {
      for (const host of [hostA, hostB])
        assert.equal((await enter(hostA, site.proxy, { origin: `http://${host}` })).status, 403)
      assert.equal(site.hub.tickets.has(ticket), true)
    })
  })

  it('keeps a server from setting a cookie that looks like a seat, in any spelling', async () => {
    const tries = [
      'seat=x',
      'SEAT=x',
      '__Host-Http-seat=x; Secure; Path=/',
      '__hOST-hTTP-sEAT=x',
      ' __Host-Http-seat =x',
      '=__Host-Http-seat=x',
      '__Host-seat=x',
      '__Secure-seat=x',
      '__Http-seat-label0001=x',
    ]
    const hostile = await startBackend(site.cleanup, (_req, res) => res.setHeader('set-cookie', tries).end())
    await addRoute(site.proxy, routeOf(hostile, { path: pathA, access: accessA, revision: 2 }))
    const { status, headers } = await get(hostA, `${pathA}lab`, { ...ownPage, cookie: cookieA })
    assert.equal(status, 200)
    assert.equal(headers['set-cookie'], undefined)
  })

  it('shows a server neither the seat nor the hub’s session', async () => {
    await get(hostA, `${pathA}lab`, { ...ownPage, cookie: `${cookieA}; carrel=1; _xsrf=2; __Host-Http-seat=3` })
    assert.equal(a?.requests[0]?.headers.cookie, '_xsrf=2')
  })

  it('renews a seat at its host, for all of that host', async () => {
    const issued = Date.now() - 7 * 60 * 60_000
    const cookie = seatCookieOf(scope, seatOf({ issued }))
    const { headers } = await get(hostA, `${pathA}lab`, { ...ownPage, cookie })
    assert.match(headers['set-cookie']?.[0] ?? '', /^seat=v1\.[^;]+; Path=\/; /)
  })
})
