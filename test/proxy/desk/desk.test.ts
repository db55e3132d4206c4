import assert from 'node:assert/strict'
import { readDeskSeat } from '../../../seats/desk.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  deadHub,
  foreignLink,
  hubUrl,
  ownPage,
  routeOf,
  seatCookieOf,
  seatOf,
  siteForEach,
  startBackend,
  startSite,
  token,
} from '../world.ts'

const path = '/user/ann/demo/'
const desk = `${path}_carrel/desk/`
const access = accessOf({ strip: true, guests: ['u2'], ancestors: ['https://lms.example'] })
const navigation = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const framed = { ...navigation, 'sec-fetch-dest': 'iframe' }
const cookie = cookieOf()
const open = (to: string) => `${hubUrl}/hub/open?to=${encodeURIComponent(to)}`

describe('the desk of a server', () => {
  const site = siteForEach({ route: { access } })
  const look = (where: string, headers: Record<string, string> = {}, method = 'GET') =>
    ask(site.proxy.urls[0], where, { method, headers: { ...navigation, cookie, ...headers } })

  it('is a page with the notebook in a frame, strict, and kept nowhere', async () => {
    const { status, headers, body } = await look(`${desk}lab/tree/a%20b.ipynb?x=1&token=abc`)
    assert.equal(status, 200)
    assert.match(body, /<iframe id="program"[^>]* src="\/user\/ann\/demo\/lab\/tree\/a%20b\.ipynb\?x=1"/)
    const [, nonce = ''] = /<script type="module" nonce="([^"]+)"/.exec(body) ?? []
    assert.equal(
      headers['content-security-policy'],
      `default-src 'none'; style-src 'nonce-${nonce}'; frame-src *; img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self' ${hubUrl} https://lms.example; script-src 'nonce-${nonce}'; connect-src 'self'`,
    )
    assert.deepEqual(
      ['cache-control', 'referrer-policy', 'x-content-type-options'].map((name) => headers[name]),
      ['no-store', 'same-origin', 'nosniff'],
    )
    assert.equal(site.backend.requests.length, 0)
  })

  it('is for its owner: a guest gets a line that says where the guest is, also where the course has no strip', async () => {
    const { status, body } = await look(`${desk}lab?x`, { cookie: cookieOf(seatOf({ user: 'u2' })) })
    assert.equal(status, 200)
    assert.match(body, /You are in <strong id="owner">another person’s<\/strong> notebook/)
    assert.match(body, /<iframe id="program"[^>]* src="\/user\/ann\/demo\/lab\?x"/)
    assert.doesNotMatch(body, /<button/)
    await addRoute(
      site.proxy,
      routeOf(site.backend, { revision: 2, access: { ...access, run: 2, strip: undefined } as typeof access }),
    )
    const bare = await look(`${desk}lab`, { cookie: cookieOf(seatOf({ user: 'u2', run: 2 })) })
    assert.match(bare.body, /You are in/)
  })

  it('is there only where the course has the strip', async () => {
    await addRoute(
      site.proxy,
      routeOf(site.backend, { revision: 2, access: { ...access, run: 2, strip: undefined } as typeof access }),
    )
    const { status, headers } = await look(`${desk}lab`, { cookie: cookieOf(seatOf({ run: 2 })) })
    assert.deepEqual([status, headers.location], [303, `${path}lab`])
  })

  it('leads to the hub as the page itself, without a seat and from other sites', async () => {
    assert.equal((await look(`${desk}lab?a`, { cookie: '' })).headers.location, open(`${path}lab?a`))
    assert.equal((await look(`${desk}lab?a`, foreignLink)).headers.location, open(`${path}lab?a`))
    // In the frame of another site too, where the hub knows the site by the Referer.
    const inLms = { ...foreignLink, 'sec-fetch-dest': 'iframe' }
    assert.equal((await look(`${desk}lab?a`, inLms)).headers.location, open(`${path}lab?a`))
  })

  it('is read and nothing else', async () => {
    assert.equal((await look(`${desk}lab`, {}, 'HEAD')).status, 200)
    assert.equal((await look(`${desk}lab`, ownPage, 'POST')).status, 405)
  })

  it('has files that browsers keep, at every host of servers', async () => {
    const { body } = await look(`${desk}lab`)
    const [file = ''] = /\/_carrel\/strip\/[\w-]{16}\/desk\.js/.exec(body) ?? []
    const plain = await ask(site.proxy.urls[0], file)
    assert.deepEqual(
      [plain.status, plain.headers['cache-control'], plain.headers['content-type'], plain.headers['set-cookie']],
      [200, 'public, max-age=31536000, immutable', 'text/javascript; charset=utf-8', undefined],
    )
    const small = await ask(site.proxy.urls[0], file, { headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(small.headers['content-encoding'], 'br')
    const refused = await ask(site.proxy.urls[0], file, { headers: { 'accept-encoding': 'br;q=0, x' } })
    assert.equal(refused.body, plain.body)
    assert.equal((await ask(site.proxy.urls[0], file, { method: 'POST' })).status, 404)
    const older = await ask(site.proxy.urls[0], file.replace(/[\w-]{16}/, 'a'.repeat(16)))
    assert.deepEqual([older.body, older.headers['cache-control']], [plain.body, 'no-store'])
  })

  it('speaks the language that the browser wants, scripts and answers of the hub included', async () => {
    const wish = { 'accept-language': 'de, fr;q=0.8' }
    const { headers, body } = await look(`${desk}lab`, wish)
    assert.equal(headers['content-language'], 'fr')
    assert.match(body, /<html lang="fr">.*>Réinitialiser</s)
    const wordsOf = async (page: string) => {
      const [file = ''] = /\/_carrel\/strip\/[\w-]{16}\/page-words\.js/.exec(page) ?? []
      return ask(site.proxy.urls[0], file)
    }
    const french = await wordsOf(body)
    assert.deepEqual([french.status, french.headers['cache-control']], [200, 'public, max-age=31536000, immutable'])
    assert.match(french.body, /^export const words = \{.*"saved":"Enregistré".*\}\n$/)
    assert.match((await wordsOf((await look(`${desk}lab`)).body)).body, /"saved":"Saved"/)
    await ask(site.proxy.urls[0], `${desk}api/state`, { method: 'POST', headers: { ...ownPage, cookie, ...wish } })
    assert.equal(site.hub.requests.at(-1)?.headers['accept-language'], 'fr')
    const refused = await ask(site.proxy.urls[0], `${desk}api/../x`, { headers: { ...ownPage, cookie, ...wish } })
    assert.match(refused.body, /Cette adresse est écrite/)
  })

  it('speaks the language of its course, whatever the browser wants, but English to programs', async () => {
    const french = { ...access, run: 2, language: 'fr' as const }
    await addRoute(site.proxy, routeOf(site.backend, { revision: 2, access: french }))
    const seat = cookieOf(seatOf({ run: 2 }))
    const wish = { 'accept-language': 'en', cookie: seat }
    assert.match((await look(`${desk}lab`, wish)).body, /<html lang="fr">/)
    const guest = { ...wish, cookie: cookieOf(seatOf({ run: 2, user: 'u2' })) }
    assert.match((await look(`${desk}lab`, guest)).body, /<html lang="fr">.*Vous êtes dans le notebook/s)
    await ask(site.proxy.urls[0], `${desk}api/state`, { method: 'POST', headers: { ...ownPage, ...wish } })
    assert.equal(site.hub.requests.at(-1)?.headers['accept-language'], 'fr')
    const program = await ask(site.proxy.urls[0], `${path}api/x`, { headers: { authorization: 'token unknown' } })
    assert.match(program.body, /This API token does not open this server/)
  })

  it('speaks the language of the site where the browser wants none of ours', async () => {
    await addRoute(
      site.proxy,
      routeOf(site.backend, { revision: 3, access: { ...access, run: 3, siteLanguage: 'fr' } }),
    )
    const seat = cookieOf(seatOf({ run: 3 }))
    const languageFor = async (wish: string) =>
      (await look(`${desk}lab`, { 'accept-language': wish, cookie: seat })).headers['content-language']
    assert.deepEqual([await languageFor('de'), await languageFor('de, en;q=0.1')], ['fr', 'en'])
  })

  it('asks the hub for its owner, and shows it nothing else', async () => {
    const answer = await ask(site.proxy.urls[0], `${desk}api/versions/3?path=a`, {
      method: 'POST',
      headers: { ...ownPage, cookie, 'content-type': 'application/json', 'x-carrel-seat': 'forged', 'x-mine': '1' },
      body: '{"a":1}',
    })
    assert.equal(answer.status, 200)
    const [asked] = site.hub.requests
    assert.deepEqual([asked?.method, asked?.url, asked?.body], ['POST', '/hub/api/desk/versions/3?path=a', '{"a":1}'])
    const { headers = {} } = asked ?? {}
    assert.deepEqual(readDeskSeat(String(headers['x-carrel-seat'])), {
      server: 's1',
      run: 1,
      user: 'u1',
      seat: 'seat-1',
    })
    assert.deepEqual(
      [
        headers.authorization,
        headers['x-carrel-proxy-auth'],
        headers.cookie,
        headers['x-mine'],
        headers['content-type'],
      ],
      [`token ${token}`, token, undefined, undefined, 'application/json'],
    )
    assert.match(String(answer.headers['content-security-policy']), /sandbox/)
  })

  it('shows one answer of the hub in a frame: the notebook to read, where the hub has shut it in a sandbox', async () => {
    const shut = "default-src 'none'; img-src data:; frame-ancestors 'self'; sandbox allow-popups"
    const policyOf = async (rest: string, policy: string, status = 200) => {
      site.hub.answer = {
        status,
        headers: { 'content-security-policy': policy, 'content-type': 'text/html' },
        body: 'x',
      }
      const { headers } = await ask(site.proxy.urls[0], `${desk}api/${rest}`, {
        headers: { ...framed, cookie, 'accept-encoding': 'gzip' },
      })
      return headers['content-security-policy']
    }
    const usual = "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert.equal(await policyOf('reading/page?path=a', shut), shut)
    assert.equal(site.hub.requests.at(-1)?.headers['accept-encoding'], 'gzip')
    assert.equal(await policyOf('reading/page?path=a', shut, 404), usual)
    assert.equal(await policyOf('reading/page?path=a', "default-src 'none'; report-to sandboxes"), usual)
    assert.equal(await policyOf('versions/1', shut), usual)
  })

  it('is no activity of the server, nor is what it asks', async () => {
    const activity = async () => JSON.parse((await api(site.proxy, 'GET', `/api/routes${path}`)).body).last_activity
    const before = await activity()
    await look(`${desk}lab`)
    await ask(site.proxy.urls[0], `${desk}api/state`, { method: 'POST', headers: { ...ownPage, cookie }, body: '{}' })
    assert.equal(await activity(), before)
  })

  it('asks too much in vain', async () => {
    const state = () => ask(site.proxy.urls[0], `${desk}api/state`, { headers: { ...ownPage, cookie } })
    let refused: Awaited<ReturnType<typeof ask>> | undefined
    while (refused === undefined)
      refused = (await Promise.all(Array.from({ length: 40 }, state))).find(({ status }) => status === 429)
    assert.match(String(refused.headers['retry-after']), /^\d+$/)
  })

  it('says at once that no hub answers, and shows the notebook all the same', async () => {
    const proxy = await startSite(site.cleanup, deadHub)
    await addRoute(proxy, routeOf(site.backend, { access }))
    const asked = await ask(proxy.urls[0], `${desk}api/state`, {
      method: 'POST',
      headers: { ...ownPage, cookie },
      body: '{}',
    })
    assert.deepEqual([asked.status, JSON.parse(asked.body).error], [503, 'hub_unreachable'])
    const page = await ask(proxy.urls[0], `${desk}lab`, { headers: { ...navigation, cookie } })
    assert.equal(page.status, 200)
  })
})

describe('a frame that would go to the hub', () => {
  const site = siteForEach({ route: { access } })
  const look = (where: string, headers: Record<string, string> = {}) =>
    ask(site.proxy.urls[0], where, { headers: { ...framed, cookie, ...headers } })
  const leads = ({ status, body }: { status: number; body: string }) =>
    [status, /\}\)\("([^"]+)"\)/.exec(body)?.[1]] as const

  it('leads the desk there', async () => {
    const signOut = `${hubUrl}/hub/logout?next=${encodeURIComponent(`/hub/open?to=${encodeURIComponent(path)}`)}`
    for (const [where, headers, to] of [
      [`${path}lab`, { cookie: '' }, open(`${path}lab`)],
      [`${path}lab`, { 'sec-fetch-site': 'cross-site' }, open(`${path}lab`)],
      [`${path}logout`, {}, signOut],
      ['/user/ann/gone/lab', {}, open('/user/ann/gone/lab')],
      [`/hub/at${path}home`, {}, `${hubUrl}/hub/at${path}home`],
      ['/_carrel/leave?to=%2Fhub%2Fhome', {}, `${hubUrl}/hub/home`],
    ] as [string, Record<string, string>, string][]) {
      const answer = await look(where, headers)
      assert.deepEqual(leads(answer), [200, to], where)
      const [, framing] = /frame-ancestors ([^;]*)/.exec(String(answer.headers['content-security-policy'])) ?? []
      // Of a server that is gone the proxy does not know which sites may frame it.
      assert.equal(framing, where.startsWith(path) ? `'self' ${hubUrl} https://lms.example` : '*')
    }
  })

  it('goes there itself in a tab, and where the course has no strip', async () => {
    assert.equal((await look(`${path}lab`, { ...navigation, cookie: '' })).headers.location, open(`${path}lab`))
    assert.equal((await look('/_carrel/leave?to=/hub/home', navigation)).headers.location, `${hubUrl}/hub/home`)
    const other = await startBackend(site.cleanup)
    await addRoute(
      site.proxy,
      routeOf(other, { path: '/user/ann/plain/', access: accessOf({ server: 's2', label: 'label0002' }) }),
    )
    assert.equal((await look('/user/ann/plain/lab')).headers.location, open('/user/ann/plain/lab'))
  })

  it('is led by links of the proxy’s own pages too', async () => {
    site.backend.server.close()
    for (const socket of site.backend.sockets) socket.destroy()
    const { status, body } = await look(`${path}lab`)
    assert.equal(status, 503)
    assert.match(body, /href="\/_carrel\/leave\?to=%2Fhub%2Fopen%3Fto%3D/)
    assert.match(body, /href="\/_carrel\/leave\?to=%2Fhub%2Frestart%3Fto%3D/)
    assert.ok(!body.includes(`href="${hubUrl}`))
  })
})

describe('a desk of a server with a host of its own, whose program sees no prefix', () => {
  const own = 'http://*.nb.test'
  const program = { prefix: 'stripped', look: '/health', authorization: 'none' } as const
  const site = siteForEach({ options: () => ({ serversUrl: own }), route: { access: { ...access, program } } })
  const look = (where: string, host: string, headers: Record<string, string> = {}) =>
    ask(site.proxy.urls[0], where, { host, headers: { ...navigation, ...headers } })

  it('is at that host only, and its files are at all of them', async () => {
    const cookie = seatCookieOf({ ownHost: true, secure: false }, seatOf(), access)
    const { status, body } = await look(`${desk}?x=1`, 'label0001.nb.test', { cookie })
    assert.equal(status, 200)
    assert.match(body, / src="\/user\/ann\/demo\/\?x=1"/)
    assert.equal((await look(path, 'label0001.nb.test', { ...framed, cookie })).status, 200)
    assert.deepEqual(
      site.backend.requests.map(({ url }) => url),
      ['/'],
    )
    const [file = ''] = /\/_carrel\/strip\/[\w-]{16}\/desk\.js/.exec(body) ?? []
    assert.equal((await look(file, 'label0009.nb.test')).status, 200)
    await addRoute(
      site.proxy,
      routeOf(site.backend, {
        path: '/user/bob/demo/',
        access: accessOf({ server: 's2', user: 'u2', label: 'label0002' }),
      }),
    )
    assert.equal((await look(`${desk}lab`, 'label0002.nb.test', { cookie })).status, 421)
  })
})

describe('a desk where hub and servers share one origin', () => {
  const site = siteForEach({ options: () => ({ hubUrl, serversUrl: hubUrl, shareHubOrigin: true }), route: { access } })
  const look = (where: string, headers: Record<string, string>) =>
    ask(site.proxy.urls[0], where, { host: 'hub.test', headers: { cookie, ...headers } })

  it('is there, has its files, and no page of the hub in its frame', async () => {
    const { status, body } = await look(`${desk}lab`, navigation)
    assert.equal(status, 200)
    const [file = ''] = /\/_carrel\/strip\/[\w-]{16}\/desk\.css/.exec(body) ?? []
    assert.equal((await look(file, {})).headers['content-type'], 'text/css; charset=utf-8')
    assert.match((await look('/user/ann/gone/lab', framed)).body, /\/hub\/open\?to=/)
    assert.match((await look(`/hub/at${path}home`, framed)).body, /\/hub\/at\/user/)
  })
})
