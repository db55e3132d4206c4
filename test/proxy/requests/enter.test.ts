import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { pino } from 'pino'
import { addressOf } from '../../../net/endpoint.ts'
import { signingKey } from '../../../seats/keys.ts'
import { type Landing, readLanding, signLanding } from '../../../seats/landing.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  deadHub,
  hubUrl,
  keys,
  ownPage,
  raw,
  routeOf,
  seatOf,
  siteForEach,
  startFakeHub,
  startSite,
  token,
} from '../world.ts'

const ticket = 'T'.repeat(43)

const form = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }

const seatKey = signingKey(keys.all[0], 'seat', 's1', 1)

describe('entering', () => {
  const site = siteForEach({ route: false })

  beforeEach(async () => {
    const { expires: _, ...seat } = seatOf()
    const to = '/user/ann/demo/lab/tree/a%20b.ipynb'
    site.hub.tickets.set(ticket, { seat: { ...seat, kid: 'k1' }, to, route: routeOf(site.backend) })
  })

  const enter = (headers: Record<string, string> = {}, body = `ticket=${ticket}`, method = 'POST') =>
    ask(site.proxy.urls[0], '/_carrel/seat', { method, body, headers: { ...form, ...headers } })

  it('turns a ticket into a seat at the server, also where the route was not known yet', async () => {
    const entered = await enter()
    assert.equal(entered.status, 303)
    assert.equal(entered.headers['cache-control'], 'no-store')
    const [cookie = ''] = entered.headers['set-cookie'] ?? []
    assert.match(
      cookie,
      /^seat-label0001=v1\.k1\.[\w-]+\.[\w-]{43}; Path=\/user\/ann\/demo\/; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    )

    const location = entered.headers.location ?? ''
    assert.match(location, /^\/user\/ann\/demo\/_carrel\/seated\?to=/)
    const value = cookie.split(';')[0] ?? ''
    const page = await ask(site.proxy.urls[0], location, {
      headers: {
        cookie: value,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    })
    assert.equal(page.status, 200)
    assert.match(page.body, /<a id="to" href="\/user\/ann\/demo\/lab\/tree\/a%20b.ipynb">/)
    assert.match(
      page.body,
      /<noscript><meta http-equiv="refresh" content="0;url=\/user\/ann\/demo\/lab\/tree\/a%20b.ipynb">/,
    )
    const nonce = /<script nonce="([^"]+)">/.exec(page.body)?.[1] ?? ''
    assert.ok(String(page.headers['content-security-policy']).includes(`script-src 'nonce-${nonce}'`))

    const served = await ask(site.proxy.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: value } })
    assert.equal(served.status, 200)
    assert.equal(site.hub.requests[0]?.headers.authorization, `token ${token}`)
  })

  it('gives a cookie that works in a frame to a browser that is in a frame', async () => {
    for (const dest of ['iframe', 'frame']) {
      const { expires: _, ...seat } = seatOf()
      const route = routeOf(site.backend, { access: accessOf({ ancestors: ['https://lms.test'] }) })
      site.hub.tickets.set(ticket, { seat: { ...seat, kid: 'k1' }, to: '/user/ann/demo/lab', route })
      const { headers } = await enter({ 'sec-fetch-dest': dest })
      assert.match(
        headers['set-cookie']?.[1] ?? '',
        /^seat-label0001=v1.*; HttpOnly; SameSite=None; Secure; Partitioned$/,
      )
    }
  })

  it('leaves a browser only one seat where a frame of the same site and a tab could have one each', async () => {
    const access = accessOf({ ancestors: ['https://lms.test'] })
    for (const dest of ['iframe', 'document']) {
      const { expires: _, ...seat } = seatOf()
      site.hub.tickets.set(ticket, {
        seat: { ...seat, kid: 'k1' },
        to: '/user/ann/demo/lab',
        route: routeOf(site.backend, { access }),
      })
      const cookies = (await enter({ 'sec-fetch-dest': dest })).headers['set-cookie'] ?? []
      const gone = 'seat-label0001=; Path=/user/ann/demo/; Max-Age=0; HttpOnly; SameSite='
      const isFramed = dest === 'iframe'
      assert.equal(cookies[0], `${gone}${isFramed ? 'Lax' : 'None; Secure; Partitioned'}`)
      assert.match(cookies[1] ?? '', isFramed ? /^seat-label0001=v1\..*Partitioned$/ : /^seat-label0001=v1\..*Lax$/)
    }
  })

  it('leads to the notebook without Sec-Fetch-*, by the Referer of the seated page', async () => {
    const entered = await enter({ referer: `${hubUrl}/` })
    const cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const browse = (path: string, referer?: string) =>
      ask(site.proxy.urls[0], path, {
        headers: { accept: 'text/html', cookie, ...(referer !== undefined && { referer }) },
      })
    const seated = entered.headers.location ?? ''
    const page = await browse(seated, `${hubUrl}/`)
    assert.equal(page.status, 200)
    // With this policy a browser sends the whole address to the page's own origin.
    assert.equal(page.headers['referrer-policy'], 'same-origin')
    const to = /id="to" href="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const notebook = await browse(to, `http://nb.test${seated}`)
    assert.equal(notebook.status, 200)
    assert.equal(notebook.headers['referrer-policy'], 'same-origin')
    const typed = await browse(to)
    assert.deepEqual([typed.status, typed.headers.location], [303, `${hubUrl}/hub/open?to=${encodeURIComponent(to)}`])
    // A browser that sends neither header would be sent round for ever.
    const hidden = await browse(seated)
    assert.equal(hidden.status, 403)
    assert.match(hidden.body, /neither Sec-Fetch-Site nor Referer/)
    assert.doesNotMatch(hidden.body, /<script|refresh/)
  })

  it('uses the secure name and attributes on https', async () => {
    const secure = await startSite(site.cleanup, site.hub, {
      hubUrl: 'https://hub.test',
      serversUrl: 'https://nb.test',
    })
    const { headers } = await ask(secure.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: `ticket=${ticket}`,
      headers: { ...form, origin: 'https://hub.test' },
    })
    assert.match(headers['set-cookie']?.[0] ?? '', /^__Http-seat-label0001=.*; HttpOnly; SameSite=Lax; Secure$/)
  })

  const tooEarly: [string, number, string, Parameters<typeof enter>][] = [
    ['a foreign page', 403, 'origin_foreign', [{ origin: 'https://evil.example' }]],
    ['a page that hides its origin', 403, 'origin_foreign', [{ origin: 'null' }]],
    ['a page of a server', 403, 'origin_foreign', [{ origin: 'http://nb.test' }]],
    ['a GET', 405, 'method_refused', [{}, '', 'GET']],
    ['another type of body', 415, 'form_needed', [{ 'content-type': 'text/plain' }]],
    ['an oversized form', 413, 'body_too_large', [{}, `ticket=${ticket}&x=${'x'.repeat(5000)}`]],
    ['no ticket', 400, 'ticket_malformed', [{}, 'x=1']],
    ['two tickets', 400, 'ticket_malformed', [{}, `ticket=${ticket}&ticket=${ticket}`]],
    ['a malformed ticket', 400, 'ticket_malformed', [{}, `ticket=${encodeURIComponent('<script>'.repeat(4))}`]],
    ['an unknown ticket', 403, 'ticket_unknown', [{}, `ticket=${'x'.repeat(43)}`]],
  ]
  for (const [what, status, code, asked] of tooEarly) {
    it(`refuses ${what} and leaves the ticket good`, async () => {
      const refused = await enter(...asked)
      assert.equal(refused.status, status)
      assert.equal(JSON.parse(refused.body).error, code)
      assert.equal(refused.headers['set-cookie'], undefined)
      assert.ok(site.hub.tickets.has(ticket))
    })
  }

  it('refuses a request without Origin', async () => {
    const { status } = await ask(site.proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: `ticket=${ticket}`,
      headers: { 'content-type': form['content-type'] },
    })
    assert.equal(status, 403)
  })

  it('stops reading an oversized form without a length', async () => {
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    const head = `POST /_carrel/seat HTTP/1.1\r\nhost: nb.test\r\norigin: ${hubUrl}\r\ncontent-type: ${form['content-type']}\r\n`
    const answer = await raw(
      site.proxy.urls[0],
      `${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}`,
      /\r\n\r\n/,
    )
    assert.match(answer, /^HTTP\/1\.1 413 /)
  })

  it('redeems a ticket once', async () => {
    assert.equal((await enter()).status, 303)
    const again = await enter()
    assert.equal(again.status, 403)
    assert.equal(JSON.parse(again.body).error, 'ticket_unknown')
  })

  it('asks the next hub when one does not answer, and reports when none does', async () => {
    const two = await startSite(site.cleanup, site.hub, { hubs: [deadHub.url, site.hub.url] })
    const asked = { method: 'POST', body: `ticket=${ticket}`, headers: form }
    assert.equal((await ask(two.urls[0], '/_carrel/seat', asked)).status, 303)
    const none = await startSite(site.cleanup, deadHub)
    const { status, body } = await ask(none.urls[0], '/_carrel/seat', asked)
    assert.equal(status, 503)
    assert.equal(JSON.parse(body).error, 'hub_unreachable')
  })

  it('refuses an answer of the hub whose parts do not fit together', async () => {
    const { expires: _, ...seat } = seatOf()
    const unfit = [
      {
        seat: { ...seat, kid: 'k9' },
        to: '/user/ann/demo/',
        route: routeOf(site.backend, { access: accessOf({ kid: 'k9' }) }),
      },
      { seat: { ...seat, kid: 'k1', run: 2 }, to: '/user/ann/demo/', route: routeOf(site.backend) },
      { seat: { ...seat, kid: 'k1' }, to: '/user/bob/demo/', route: routeOf(site.backend) },
      { seat: { ...seat, kid: 'k1' }, to: '//evil.example/', route: routeOf(site.backend) },
      { seat: { ...seat, kid: 'k1' }, to: '/user/ann/demo/' },
    ]
    for (const redeemed of unfit) {
      site.hub.tickets.set(ticket, redeemed)
      const { status, headers } = await enter()
      assert.equal(status, 503)
      assert.equal(headers['set-cookie'], undefined)
    }
  })

  describe('the seated page', () => {
    beforeEach(() => addRoute(site.proxy, routeOf(site.backend)))

    const to = '/user/ann/demo/lab'
    const good = () => signLanding(seatKey, 'seat-1', to, Date.now() + 60_000)
    const look = (signed: string, cookie?: string) =>
      ask(site.proxy.urls[0], `/user/ann/demo/_carrel/seated?to=${signed}`, {
        headers: { accept: 'text/html', referer: `${hubUrl}/`, ...(cookie === undefined ? {} : { cookie }) },
      })

    it('goes on when seat and signature agree', async () => {
      assert.match((await look(good(), cookieOf())).body, /id="to" href="\/user\/ann\/demo\/lab"/)
    })

    const forgeries: [string, () => string][] = [
      ['a forged signature', () => good().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
      ['another path under the same signature', () => withPayload(good(), ['/user/ann/demo/proxy/80', 9e15])],
      ['the signature of another seat', () => signLanding(seatKey, 'seat-2', to, Date.now() + 60_000)],
      ['an expired signature', () => signLanding(seatKey, 'seat-1', to, Date.now() - 1)],
      ['no signature', () => encodeURIComponent(to)],
      ['nothing', () => ''],
      ['two targets', () => `${good()}&to=${good()}`],
    ]
    for (const [what, signed] of forgeries) {
      it(`refuses ${what}`, async () => {
        const { status, body } = await look(signed(), cookieOf())
        assert.equal(status, 403)
        assert.doesNotMatch(body, /id="to"|<script/)
      })
    }

    it('offers a new tab, and nothing else, to a browser that kept no cookie', async () => {
      const { status, body } = await look(good())
      assert.equal(status, 200)
      assert.match(
        body,
        /href="http:&#47;&#47;|href="http:\/\/hub\.test\/hub\/open\?to=%2Fuser%2Fann%2Fdemo%2Flab" target="_blank"/,
      )
      assert.doesNotMatch(body, /<script|refresh/)
    })

    it('says that the browser shows several seats of one name', async () => {
      const { status, body } = await look(good(), `${cookieOf()}; ${cookieOf()}`)
      assert.equal(status, 403)
      assert.match(body, /delete the cookies of this site/i)
      assert.doesNotMatch(body, /<script|refresh/)
    })

    it('leads the new tab only to this server', async () => {
      const elsewhere = withPayload(good(), ['/user/bob/demo/', 9e15])
      assert.match((await look(elsewhere)).body, /\/hub\/open\?to=%2Fuser%2Fann%2Fdemo%2F"/)
    })

    it('is the only thing under _carrel, and the server never sees that path', async () => {
      for (const path of ['_carrel/', '_carrel/seat', '_carrel/seated/x', '%5fcarrel/seated', '_carrel/x/../../lab']) {
        const { status } = await ask(site.proxy.urls[0], `/user/ann/demo/${path}`, {
          headers: { ...ownPage, cookie: cookieOf() },
        })
        assert.ok(status === 404 || status === 400, path)
      }
      assert.deepEqual(site.backend.requests, [])
    })
  })

  it('does not bring back a route that was removed later than the ticket knows', async () => {
    await api(site.proxy, 'DELETE', '/api/routes/user/ann/demo?revision=5')
    assert.equal((await enter()).status, 303)
    assert.equal((await api(site.proxy, 'GET', '/api/routes/user/ann/demo')).status, 404)
  })
})

describe('a signed landing path', () => {
  const cases: [string, string, string, number, Landing['state']][] = [
    ['is good for its seat until it expires', 'seat-1', '', 59_999, 'good'],
    ['expires', 'seat-1', '', 60_000, 'expired'],
    ['is forged for another seat', 'seat-2', '', 0, 'forged'],
    ['is forged with anything after it', 'seat-1', '.x', 0, 'forged'],
    ['is forged with another spelling of its signature', 'seat-1', '=', 0, 'forged'],
  ]
  for (const [title, seat, more, later, state] of cases) {
    it(title, () => {
      const signed = signLanding(seatKey, 'seat-1', '/user/ann/', 60_000)
      assert.equal(readLanding(seatKey, seat, signed + more, later).state, state)
    })
  }
})

/** Returns the signed text with another payload, for which its signature is wrong. */
function withPayload(signed: string, payload: unknown): string {
  const [version, kid, , signature] = signed.split('.')
  return [version, kid, Buffer.from(JSON.stringify(payload)).toString('base64url'), signature].join('.')
}

describe('a ticket that does not arrive', () => {
  const cleanup = cleanupAfterEach()
  const log: string[] = []
  let url: string
  beforeEach(async () => {
    log.length = 0
    const logger = pino({}, { write: (line: string) => void log.push(line) })
    const hub = await startFakeHub(cleanup)
    const proxy = await startSite(cleanup, hub, { log: logger, forTests: { ticketMilliseconds: 200 } })
    url = proxy.urls[0]
    // The warnings at the start of the proxy do not matter here.
    log.length = 0
  })

  const begin = `POST /_carrel/seat HTTP/1.1\r\nhost: nb.test\r\norigin: ${hubUrl}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 50\r\n\r\nticket=`

  it('keeps no connection open', async () => {
    const answer = await raw(url, begin)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.match(answer, /"error":"body_slow"/)
  })

  it('logs no error when its browser has left', async () => {
    const socket = connect(addressOf(url) as { host: string; port: number })
    socket.write(begin, () => setTimeout(() => socket.destroy(), 30))
    await until(() => log.some((line) => line.includes('"request"')), 'the request is over')
    await new Promise(setImmediate)
    assert.deepEqual(
      log.filter((line) => JSON.parse(line).level >= 40),
      [],
    )
  })
})
