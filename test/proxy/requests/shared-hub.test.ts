import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import {
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatOf,
  siteForEach,
  startBackend,
} from '../world.ts'

describe('servers on the hub’s host', () => {
  const log: string[] = []
  const path = '/user/ann/demo/'
  const site = siteForEach({
    options: () => ({
      serversUrl: hubUrl,
      shareHubOrigin: true,
      log: pino(new Writable({ write: (chunk, _encoding, done) => done(void log.push(String(chunk))) })),
    }),
    route: { path },
  })
  const host = 'hub.test'
  const navigation = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

  afterEach(() => void log.splice(0))

  const get = (url: string, headers: Record<string, string> = {}) => ask(site.proxy.urls[0], url, { host, headers })
  const isHubs = ({ body }: { body: string }) => JSON.parse(body).hub === true

  it('warn at the start', () => {
    const warnings = log.filter((line) => JSON.parse(line).level === 40)
    assert.match(warnings.join(''), /servers and hub share one origin/)
  })

  it('are reached by their paths with a seat; all other paths are the hub’s', async () => {
    assert.equal(isHubs(await get(`${path}lab`, { ...ownPage, cookie: cookieOf() })), false)
    assert.equal(site.backend.requests.length, 1)
    for (const url of ['/', '/hub/home', '/user', '/user/', '/users/ann/demo/', `/x${path}`, `/${path}`, '/%zz']) {
      assert.equal(isHubs(await get(url, { ...navigation, cookie: cookieOf() })), true, url)
    }
    assert.equal(site.backend.requests.length, 1)
  })

  it('without a route are launched by the hub for people, and not found for programs', async () => {
    assert.equal(isHubs(await get('/user/bob/demo/lab', navigation)), true)
    const { status, body } = await get('/user/bob/demo/api/status', ownPage)
    assert.deepEqual([status, JSON.parse(body).error], [424, 'server_not_running'])
  })

  it('are guarded by the rules', async () => {
    const cookie = cookieOf()
    assert.equal((await get(`${path}api`, ownPage)).status, 403)
    assert.equal(
      (await get(`${path}lab`, navigation)).headers.location,
      `${hubUrl}/hub/open?to=${encodeURIComponent(`${path}lab`)}`,
    )
    assert.equal((await get(`${path}api`, { ...ownPage, 'sec-fetch-site': 'cross-site', cookie })).status, 403)
    assert.equal((await get('/%75ser/ann/demo/lab', { ...ownPage, cookie })).status, 400)
    assert.equal((await get(`${path}../../../hub/home`, { ...ownPage, cookie })).status, 400)
    const socket = (origin: string) => outcome(openWebSocket(site.proxy.urls[0], `${path}ws`, { host, origin, cookie }))
    assert.equal(await socket('http://nb.test'), 403)
    assert.deepEqual(site.backend.requests, [])
    assert.equal(await socket(hubUrl), 'open')
  })

  it('see no cookie of the hub', async () => {
    await get(`${path}lab`, {
      ...ownPage,
      cookie: `${cookieOf()}; carrel=secret; __Host-Http-carrel=secret; carrel-first=x; a=1`,
    })
    assert.equal(site.backend.requests[0]?.headers.cookie, 'a=1')
  })

  it('are entered with a ticket from the hub’s page', async () => {
    const ticket = 'T'.repeat(43)
    const { expires: _, ...seat } = seatOf()
    site.hub.tickets.set(ticket, {
      seat: { ...seat, kid: 'k1' },
      to: `${path}lab`,
      route: routeOf(site.backend, { path, revision: 9 }),
    })
    const { status, headers } = await ask(site.proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      host,
      body: `ticket=${ticket}`,
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(status, 303)
    assert.match(headers['set-cookie']?.[0] ?? '', /^seat-label0001=[^;]+; Path=\/user\/ann\/demo\/;/)
  })

  it('allow no foreign route at the hub’s origin', async () => {
    const foreign = await startBackend(site.cleanup)
    for (const at of ['/', '/hub/', '/user/carl/', '/x/']) await addRoute(site.proxy, { path: at, target: foreign.url })
    for (const url of ['/', '/hub/home', '/user/carl/lab', '/x/y']) {
      assert.equal(isHubs(await get(url, navigation)), true, url)
    }
    assert.deepEqual(foreign.requests, [])
  })

  it('have no other host', async () => {
    for (const other of ['nb.test', 'x.hub.test', 'label0001.hub.test']) {
      assert.equal((await ask(site.proxy.urls[0], path, { host: other, headers: { cookie: cookieOf() } })).status, 421)
    }
  })
})
