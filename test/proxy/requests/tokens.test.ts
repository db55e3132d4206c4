import assert from 'node:assert/strict'
import { once } from 'node:events'
import { pino } from 'pino'
import { admissionLimits } from '../../../proxy/hubs/admissions.ts'
import { serverToken } from '../../../seats/keys.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  serversUrl,
  siteForEach,
  startBackend,
  startSite,
} from '../world.ts'

const path = '/user/ann/demo/api/kernels'
const tool = 'https://tool.example'

/** Returns a text with the form of a user's token. */
const tokenOf = (letter: string) => `carrel-user-${letter.repeat(43)}`
const good = tokenOf('g')

describe('a user’s API token at the proxy', () => {
  const log: string[] = []
  let now = Date.now()
  const site = siteForEach({
    options: () => ({
      forTests: { now: () => now },
      log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    }),
    route: { access: accessOf({ cors: [tool] }) },
  })

  beforeEach(() => {
    now = Date.now()
    log.length = 0
    site.hub.admissions.set(good, admitted())
  })

  const admitted = (changes: object = {}, milliseconds = 3_600_000) => ({
    seat: { id: 'token-seat', server: 's1', run: 1, user: 'u1', issued: now, ...changes },
    milliseconds,
  })
  const questions = () => site.hub.requests.filter((request) => request.url === '/hub/api/admissions').length

  async function show(token: string, how: Parameters<typeof ask>[2] = {}, at = path): Promise<[number, string]> {
    const headers = { authorization: `token ${token}`, ...how.headers }
    const { status, body } = await ask(site.proxy.urls[0], at, { ...how, headers })
    return [status, status === 200 ? 'server' : (JSON.parse(body).error as string)]
  }

  it('passes with any method and from anywhere, and the server never sees it', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' }
    for (const headers of [{}, foreign, ownPage]) {
      assert.deepEqual(await show(good, { method: 'POST', headers, body: '{}' }), [200, 'server'])
    }
    await ask(site.proxy.urls[0], `${path}?token=${good}`, { headers: { authorization: `Bearer ${good}` } })
    for (const request of site.backend.requests) {
      assert.equal(request.headers.authorization, `token ${serverToken(keys.all[0], 's1', 1)}`)
      assert.ok(!JSON.stringify(request).includes(good))
    }
    assert.equal(site.backend.requests.length, 4)
    assert.equal(questions(), 1)
    assert.deepEqual(JSON.parse(site.hub.requests[0]?.body ?? ''), { token: good, server: 's1', run: 1 })
  })

  const spellings: [string, Record<string, string | string[]>, string, number][] = [
    ['bearer', { authorization: `bearer ${good}` }, '', 200],
    ['TOKEN and blanks', { authorization: ` TOKEN   ${good} ` }, '', 200],
    ['two headers with one token', { authorization: [`token ${good}`, `Bearer ${good}`] }, '', 200],
    ['beside the server’s own', { authorization: [`token carrel-server-x`, `token ${good}`] }, '', 200],
    ['two headers', { authorization: [`token ${good}`, `token ${tokenOf('b')}`] }, '', 400],
    ['two headers, the other way', { authorization: [`token ${tokenOf('b')}`, `token ${good}`] }, '', 400],
    ['joined in one header', { authorization: `token ${good}, token ${good}` }, '', 403],
    ['nothing', { authorization: 'token' }, '', 403],
    ['an unknown one', { authorization: `token ${tokenOf('b')}` }, '', 403],
    ['a huge one', { authorization: `token ${good}${'g'.repeat(20_000)}` }, '', 403],
    ['of the proxy', { authorization: 'token proxy-token-that-is-long-enough-0123456789' }, '', 403],
    ['Basic', { authorization: `Basic ${Buffer.from(`token:${good}`).toString('base64')}` }, '', 403],
    ['in the query of a plain request', {}, `?token=${good}`, 403],
    ['in a cookie', { cookie: `token=${good}; carrel=${good}` }, '', 403],
  ]
  for (const [how, headers, query, status] of spellings) {
    it(`is read in each spelling: ${how}`, async () => {
      assert.equal((await ask(site.proxy.urls[0], path + query, { headers })).status, status)
      assert.equal(site.backend.requests.length, status === 200 ? 1 : 0)
    })
  }

  const sockets: [string, string, Record<string, string>, 'open' | number][] = [
    ['in the header', '', { authorization: `token ${good}` }, 'open'],
    ['in the query', `?token=${good}`, {}, 'open'],
    ['in the query, of a foreign page', `?token=${good}`, { origin: 'https://evil.example' }, 'open'],
    ['in both', `?session_id=1&%74oken=${good}`, { authorization: `token ${good}` }, 'open'],
    ['in both, two of them', `?token=${tokenOf('b')}`, { authorization: `token ${good}` }, 400],
    ['twice in the query', `?token=${good}&token=${tokenOf('b')}`, {}, 400],
    ['an unknown one', `?token=${tokenOf('b')}`, {}, 403],
    ['an unknown one, with a seat', `?token=${tokenOf('b')}`, { origin: serversUrl, cookie: cookieOf() }, 403],
  ]
  for (const [how, query, headers, expected] of sockets) {
    it(`opens WebSockets: ${how}`, async () => {
      const socket = openWebSocket(site.proxy.urls[0], `/user/ann/demo/ws${query}`, headers)
      assert.equal(await outcome(socket), expected)
      socket.terminate()
      assert.ok(!JSON.stringify(site.backend.requests).includes(good))
    })
  }

  it('decides also where a browser has a seat, refused or not', async () => {
    const headers = { ...ownPage, cookie: cookieOf() }
    assert.deepEqual(await show(tokenOf('b'), { headers }), [403, 'token_refused'])
    const { status, headers: answered } = await ask(site.proxy.urls[0], path, {
      headers: { ...headers, authorization: `token ${good}` },
    })
    assert.deepEqual([status, answered['set-cookie']], [200, undefined])
  })

  describe('under the hub’s host', () => {
    const host = 'hub.test'

    it('reaches the server, whose answer is sandboxed and leaves no cookie', async () => {
      const hostile = await startBackend(site.cleanup, (_req, res) => {
        res.setHeader('set-cookie', ['a=1', 'carrel=2'])
        res.setHeader('content-security-policy', 'default-src *; frame-ancestors *')
        res.end('<script>1</script>')
      })
      await addRoute(site.proxy, routeOf(hostile, { revision: 2 }))
      const { status, headers } = await ask(site.proxy.urls[0], path, {
        host,
        headers: { authorization: `token ${good}` },
      })
      assert.equal(status, 200)
      assert.equal(headers['set-cookie'], undefined)
      const policies = String(headers['content-security-policy']).split(', ')
      assert.ok(policies.includes('sandbox'), String(headers['content-security-policy']))
      const at = await ask(site.proxy.urls[0], path, { headers: { authorization: `token ${good}` } })
      assert.deepEqual(at.headers['set-cookie'], ['a=1; Path=/user/ann/demo/'])
      assert.doesNotMatch(String(at.headers['content-security-policy']), /sandbox/)
    })

    it('tells browsers that pages of the course’s origins may show one, and those of no others', async () => {
      const asked = async (origin: string, at = path, header = 'content-type, Authorization') => {
        const question = { 'access-control-request-method': 'POST', 'access-control-request-headers': header }
        const { status, headers, body } = await ask(site.proxy.urls[0], at, {
          ...{ host, method: 'OPTIONS', headers: { origin, cookie: cookieOf(), ...question } },
        })
        const allowed = headers['access-control-allow-origin']
        assert.equal(headers['access-control-allow-credentials'], undefined)
        return [status === 200 && JSON.parse(body).hub === true ? 'hub' : status, allowed]
      }
      assert.deepEqual(await asked(tool), [204, tool])
      assert.deepEqual(await asked('https://evil.example'), [204, undefined])
      assert.deepEqual(await asked('null'), [204, undefined])
      // Without a token the request itself would go to the hub, which judges it.
      assert.deepEqual(await asked(tool, path, 'content-type'), ['hub', undefined])
      assert.deepEqual(await asked(tool, '/hub/api/user'), ['hub', undefined])
      assert.deepEqual(await asked(tool, '/user/ann/demo/_carrel/seated'), ['hub', undefined])
      assert.deepEqual(await asked(tool, '/user/ann/demo/%5Fcarrel/desk/lab'), ['hub', undefined])
      assert.deepEqual(await asked(tool, '/user/ann/other/api'), [424, undefined])
      assert.deepEqual(await asked(tool, '/user/ann/demo/..%2fx'), [400, undefined])
      assert.deepEqual(site.backend.requests, [])
    })

    it('opens WebSockets, without any cookie', async () => {
      const socket = openWebSocket(site.proxy.urls[0], `/user/ann/demo/ws?token=${good}`, { host })
      const [answer] = await once(socket, 'upgrade')
      assert.equal(answer.headers['set-cookie'], undefined)
      socket.terminate()
    })

    it('is needed, since no other credential brings an answer of a server', async () => {
      const seat = { cookie: cookieOf() }
      const cases: [string, string, Record<string, string>, string][] = [
        ['a seat', path, { ...ownPage, ...seat }, 'hub'],
        ['a token in the query', `${path}?token=${good}`, seat, 'hub'],
        [
          'the server’s own token',
          path,
          { ...seat, authorization: `token ${serverToken(keys.all[0], 's1', 1)}` },
          'hub',
        ],
        ['a wrong token and a seat', path, { ...ownPage, ...seat, authorization: `token ${tokenOf('b')}` }, '403'],
        ['another path', '/hub/api/user', { authorization: `token ${good}` }, 'hub'],
        ['our own page there', '/user/ann/demo/_carrel/seated', { ...seat, authorization: `token ${good}` }, '404'],
        ['a stopped server', '/user/ann/other/', { authorization: `token ${good}` }, '424'],
        ['a route of others', '/user/foreign/', { authorization: `token ${good}` }, '424'],
        ['dots', '/user/ann/demo/../x', { authorization: `token ${good}` }, '400'],
        ['a broken escape', '/user/ann/demo/%zz', { authorization: `token ${good}` }, '400'],
      ]
      await addRoute(site.proxy, { path: '/user/foreign/', target: site.backend.url })
      for (const [what, at, headers, expected] of cases) {
        const { status, body } = await ask(site.proxy.urls[0], at, { host, headers })
        assert.equal(status === 200 && JSON.parse(body).hub === true ? 'hub' : String(status), expected, what)
      }
      assert.deepEqual(site.backend.requests, [])
    })
  })

  it('gives access at its server’s host and at the hub’s, where each server has a host', async () => {
    const other = await startSite(site.cleanup, site.hub, { serversUrl: 'http://*.nb.test' })
    await addRoute(other, routeOf(site.backend))
    await addRoute(other, routeOf(site.backend, { path: '/user/bob/demo/', access: accessOf({ label: 'label0002' }) }))
    const statuses = ['label0001.nb.test', 'hub.test', 'label0002.nb.test', 'nb.test'].map(async (host) => {
      const { status, headers } = await ask(other.urls[0], path, { host, headers: { authorization: `token ${good}` } })
      return [status, /sandbox/.test(String(headers['content-security-policy']))]
    })
    assert.deepEqual(await Promise.all(statuses), [
      [200, false],
      [200, true],
      [421, false],
      [421, false],
    ])
  })

  it('gives access to servers under the hub’s own host, where they share it', async () => {
    const shared = await startSite(site.cleanup, site.hub, { serversUrl: hubUrl, shareHubOrigin: true })
    await addRoute(shared, routeOf(site.backend))
    for (const [token, expected] of [
      [good, 200],
      [tokenOf('b'), 403],
    ] as const) {
      const headers = { authorization: `token ${token}`, cookie: cookieOf() }
      assert.equal((await ask(shared.urls[0], path, { host: 'hub.test', headers })).status, expected)
    }
  })

  it('lets scripts of the course’s origins, and no others, read answers, never with cookies', async () => {
    const read = async (origin: string, token = good, method = 'GET') => {
      const { headers } = await ask(site.proxy.urls[0], path, {
        method,
        headers: { origin, authorization: `token ${token}` },
      })
      assert.equal(headers['access-control-allow-credentials'], undefined)
      assert.equal(headers.vary, 'Origin')
      return headers['access-control-allow-origin']
    }
    assert.equal(await read(tool), tool)
    assert.equal(await read(tool, tokenOf('b')), tool)
    for (const origin of ['https://evil.example', `${tool}.evil`, 'null', hubUrl]) {
      assert.equal(await read(origin), undefined)
    }
    const { headers } = await ask(site.proxy.urls[0], path, {
      headers: { ...ownPage, cookie: cookieOf(), origin: tool },
    })
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  it('is asked about again after half a minute, and counts for five minutes while no hub answers', async () => {
    await show(good)
    now += 29_000
    await show(good)
    assert.equal(questions(), 1)
    now += 2000
    await show(good)
    assert.equal(questions(), 2)
    site.hub.failing = 500
    for (const later of [31_000, 100_000, 100_000]) {
      now += later
      assert.deepEqual(await show(good), [200, 'server'])
    }
    now += 70_000
    assert.deepEqual(await show(good), [503, 'hub_unreachable'])
    assert.deepEqual(await show(tokenOf('b')), [503, 'hub_unreachable'])
    delete site.hub.failing
    assert.deepEqual(await show(good), [200, 'server'])
  })

  it('ends at its time, whether a hub answers or not', async () => {
    site.hub.admissions.set(good, admitted({}, 10_000))
    await show(good)
    site.hub.admissions.delete(good)
    site.hub.failing = 500
    now += 9000
    assert.deepEqual(await show(good), [200, 'server'])
    now += 2000
    assert.deepEqual(await show(good), [503, 'hub_unreachable'])
    delete site.hub.failing
    assert.deepEqual(await show(good), [403, 'token_refused'])
  })

  const endings: [string, object][] = [
    ['its seat has ended', { ended: ['token-seat'] }],
    ['its user may not sit there any more', { user: 'u2' }],
    ['all earlier seats have ended', { since: Date.parse('2200-01-01') }],
  ]
  for (const [when, change] of endings) {
    it(`stays refused, and its open connections close, when ${when}`, async () => {
      const socket = openWebSocket(site.proxy.urls[0], `/user/ann/demo/ws?token=${good}`, {})
      await once(socket, 'open')
      assert.deepEqual(await show(good), [200, 'server'])
      await Promise.all([
        once(socket, 'close'),
        addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf(change) })),
      ])
      for (let count = 0; count < 3; count += 1) assert.deepEqual(await show(good), [403, 'token_refused'])
    })
  }

  it('is asked about anew, and passes again, with a later seat', async () => {
    await show(good)
    await addRoute(
      site.proxy,
      routeOf(site.backend, { revision: 2, access: accessOf({ since: now + 5, ended: ['token-seat'] }) }),
    )
    site.hub.admissions.set(good, admitted({ id: 'later', issued: now + 10 }))
    assert.deepEqual(await show(good), [200, 'server'])
  })

  it('of a guest passes only as long as the route names the guest', async () => {
    site.hub.admissions.set(good, admitted({ user: 'u2' }))
    assert.deepEqual(await show(good), [403, 'token_refused'])
    await addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ guests: ['u2'] }) }))
    assert.deepEqual(await show(good), [200, 'server'])
    await addRoute(site.proxy, routeOf(site.backend, { revision: 3 }))
    assert.deepEqual(await show(good), [403, 'token_refused'])
  })

  it('does not pass at another server or run, even if a hub says so', async () => {
    for (const change of [{ server: 's2' }, { run: 2 }]) {
      site.hub.admissions.set(good, admitted(change))
      assert.deepEqual(await show(good), [403, 'token_refused'])
    }
    site.hub.admissions.set(good, admitted())
    await show(good)
    await addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: accessOf({ run: 2 }) }))
    assert.deepEqual(await show(good), [403, 'token_refused'])
  })

  it('does not pass by an answer that comes after the server has stopped', async () => {
    const slow = await startBackend(site.cleanup, async (_req, res) => {
      await api(second, 'DELETE', '/api/routes/user/ann/demo?revision=9')
      res.end(JSON.stringify(admitted()))
    })
    const second = await startSite(site.cleanup, slow)
    await addRoute(second, routeOf(site.backend))
    const { status } = await ask(second.urls[0], path, { headers: { authorization: `token ${good}` } })
    assert.equal(status, 424)
    assert.deepEqual(site.backend.requests, [])
  })

  it('does not pass by an answer that comes after a new run has begun', async () => {
    const slow = await startBackend(site.cleanup, async (_req, res) => {
      await addRoute(second, routeOf(site.backend, { revision: 9, access: accessOf({ run: 2 }) }))
      res.end(JSON.stringify(admitted({ run: 2 })))
    })
    const second = await startSite(site.cleanup, slow)
    await addRoute(second, routeOf(site.backend))
    const { status } = await ask(second.urls[0], path, { headers: { authorization: `token ${good}` } })
    assert.equal(status, 424)
  })

  it('that is refused at one server is judged anew at another', async () => {
    site.hub.admissions.delete(good)
    const bobs = '/user/bob/demo/api'
    await addRoute(
      site.proxy,
      routeOf(site.backend, { path: '/user/bob/demo/', access: accessOf({ server: 's2', user: 'u2' }) }),
    )
    assert.deepEqual(await show(good, {}, bobs), [403, 'token_refused'])
    site.hub.admissions.set(good, admitted())
    assert.deepEqual(await show(good), [200, 'server'])
    assert.deepEqual(await show(good, {}, bobs), [403, 'token_refused'])
  })

  it('without the form of a token is refused without a question to the hub', async () => {
    for (const token of ['x', `${good}x`, good.slice(0, -1), 'x'.repeat(20_000)]) {
      assert.deepEqual(await show(token), [403, 'token_refused'])
    }
    assert.equal(questions(), 0)
  })

  it('is asked about once, however many requests show it at once', async () => {
    const shown = await Promise.all(Array.from({ length: 30 }, () => show(good)))
    assert.ok(shown.every(([status]) => status === 200))
    assert.equal(questions(), 1)
  })

  it('that is wrong is refused without asking for a while', async () => {
    for (let count = 0; count < 5; count += 1) assert.deepEqual(await show(tokenOf('b')), [403, 'token_refused'])
    assert.equal(questions(), 1)
    site.hub.admissions.set(tokenOf('b'), admitted())
    assert.deepEqual(await show(tokenOf('b')), [403, 'token_refused'])
    now += 11_000
    assert.deepEqual(await show(tokenOf('b')), [200, 'server'])
  })

  it('is not found by guessing: ten thousand guesses cost the hub little and are not remembered', async function () {
    this.timeout(300_000)
    await show(good)
    const guess = (count: number) => `carrel-user-${String(count).padStart(43, '0')}`
    const codes = new Set<string>()
    for (let count = 0; count < 10_000; count += 50) {
      const shown = await Promise.all(Array.from({ length: 50 }, (_, more) => show(guess(count + more))))
      for (const [status, code] of shown) codes.add(`${status} ${code}`)
    }
    assert.deepEqual([...codes].sort(), ['403 token_refused', '429 too_many_tokens'])
    assert.ok(questions() <= 2 * admissionLimits.failures.burst, String(questions()))
    assert.deepEqual(site.backend.requests.length, 1)
    // A known client is not limited by these guesses, and guesses are judged again later.
    now += 31_000
    assert.deepEqual(await show(good), [200, 'server'])
    now += 600_000
    site.hub.admissions.set(tokenOf('n'), admitted())
    assert.deepEqual(await show(tokenOf('n')), [200, 'server'])
  })

  it('is never in the log, wherever the request had it', async () => {
    await show(good)
    await show(tokenOf('b'))
    await ask(site.proxy.urls[0], `${path}?token=${good}`)
    await ask(site.proxy.urls[0], `${path}?token=${good}`, { host: 'hub.test' })
    await outcome(openWebSocket(site.proxy.urls[0], `/user/ann/demo/ws?token=${tokenOf('b')}`, {}))
    site.hub.failing = 500
    now += 31_000
    await show(good)
    const lines = log.join('')
    assert.match(lines, /"row":"2b"/)
    assert.match(lines, /hub did not answer a question/)
    assert.doesNotMatch(lines, /carrel-user|gggg|bbbb/)
  })
})
