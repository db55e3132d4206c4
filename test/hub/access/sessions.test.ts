import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { AuthenticationError, type RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  countRows,
  createHttpBrowser,
  type HttpBrowser,
  hubUrl,
  launchPageData,
  lmsUrl,
  redeem,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

const provider = 'https://id.example.org'
/** A link of a learner, whose servers go on after a sign-out. */
const exercise = '/ipythonExercice/Python/a.ipynb/ann'

/** Returns another site that signs in each person who comes back with the state that it has issued. */
function fakeRedirect(): RedirectAuthenticator {
  return {
    kind: 'redirect',
    name: 'school',
    label: 'Sign in with the school',
    begin: async (callbackUrl) => {
      const state = randomBytes(8).toString('hex')
      return {
        redirectTo: `${provider}/authorize?state=${state}&to=${encodeURIComponent(callbackUrl)}`,
        pending: { state },
      }
    },
    finish: async (currentUrl, { state }) => {
      const name = currentUrl.searchParams.get('code')
      if (name === null || currentUrl.searchParams.get('state') !== state) {
        throw new AuthenticationError('The sign-in does not fit.', { detail: 'state or code differs' })
      }
      return { subject: `id-of-${name}`, name }
    },
  }
}

onEachDatabase('sessions', (makeDatabase) => {
  let hub: TestHub
  afterEach(async () => hub?.stop())
  const start = async (config: Partial<ConfigInput>) => {
    hub = await startTestHub({ database: await makeDatabase(), config })
    return hub.browser()
  }

  describe('cookies', () => {
    const launch = { link: '/tmplogin?course=demo' }

    it('are Lax at top level, and partitioned in frames', async () => {
      const browser = await start({ embed: { ancestors: [lmsUrl] } })
      browser.setNonce()
      const top = await browser.post('/hub/launches', launch)
      assert.deepEqual(top.cookies.map(hidden), ['carrel=…; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax'])
      const other = hub.browser()
      other.setNonce()
      const framed = await other.post('/hub/launches', { ...launch, framed: true })
      assert.deepEqual(framed.cookies.map(hidden), [
        'carrel=…; Path=/; Max-Age=86400; HttpOnly; SameSite=None; Secure; Partitioned',
      ])
    })

    it('have their prefix and Secure on https, where only the prefixed nonce counts', async () => {
      const url = 'https://hub.test'
      const browser = await start({ hub: { url, port: 0 }, servers: { url: 'https://nb.test' } })
      browser.setNonce()
      const planted = await browser.post('/hub/launches', launch, { origin: url })
      assert.equal(planted.json().error, 'no_cookies')
      browser.jar.set('__Host-carrel-first', browser.jar.get('carrel-first') ?? '')
      const answer = await browser.post('/hub/launches', launch, { origin: url })
      assert.deepEqual(answer.cookies.map(hidden), [
        '__Host-Http-carrel=…; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure',
      ])
      browser.jar.set('carrel', browser.jar.get('__Host-Http-carrel') ?? '')
      browser.jar.delete('__Host-Http-carrel')
      const bare = await browser.navigate('/hub/home')
      assert.equal(bare.status, 302, 'a session cookie without the prefix is ignored')
    })

    it('are deleted with the attributes with which they were set', async () => {
      const browser = await start({ embed: { ancestors: [lmsUrl] } })
      browser.setNonce()
      await browser.post('/hub/launches', { ...launch, framed: true })
      const { cookies } = await browser.submit('/hub/logout')
      assert.deepEqual(
        cookies.filter((line) => line.startsWith('carrel=')),
        ['carrel=; Path=/; Max-Age=0; HttpOnly; SameSite=None; Secure; Partitioned'],
      )
    })

    it('are not set again while nothing changes, and stay partitioned when renewed', async () => {
      const browser = await start({ embed: { ancestors: [lmsUrl] } })
      browser.setNonce()
      await browser.post('/hub/launches', { ...launch, framed: true })
      const again = await browser.navigate('/hub/home')
      assert.deepEqual(again.cookies, [])
      // A session is renewed after half of its lifetime.
      const content = JSON.parse((await hub.db('sessions').first('content')).content)
      content._expire -= 0.6 * content._maxAge
      await hub.db('sessions').update({ content: JSON.stringify(content) })
      const renewed = await browser.navigate('/hub/home')
      assert.match(renewed.cookies.join(), /^carrel=\S+; .*SameSite=None; Secure; Partitioned$/)
    })
  })

  it('do not take an id that was planted', async () => {
    const browser = await start({})
    const planted = randomBytes(32).toString('base64url')
    browser.jar.set('carrel', planted)
    browser.setNonce()
    await browser.post('/hub/launches', { link: '/tmplogin?course=demo' })
    assert.notEqual(browser.jar.get('carrel'), planted)
    assert.deepEqual(await countRows(hub.db, 'sessions'), { sessions: 1 })
  })

  describe('with a site to sign in at', () => {
    const signIn = async (browser: HttpBrowser, name: string, next?: string) => {
      const begun = await browser.submit('/hub/login/school', { ...(next !== undefined && { next }) })
      assert.equal(begun.status, 303)
      const there = new URL(String(begun.headers.location))
      assert.equal(there.searchParams.get('to'), `${hubUrl}/hub/oauth_callback`)
      return browser.navigate(`/hub/oauth_callback?state=${there.searchParams.get('state')}&code=${name}`)
    }

    it('rotates the id at sign-in, and refuses the old one', async () => {
      const browser = await start({ authenticators: [fakeRedirect()] })
      await browser.submit('/hub/login/school')
      const before = createHttpBrowser(hub.address)
      before.jar.set('carrel', browser.jar.get('carrel') ?? '')
      const begun = await browser.submit('/hub/login/school')
      const state = new URL(String(begun.headers.location)).searchParams.get('state')
      await browser.navigate(`/hub/oauth_callback?state=${state}&code=ann`)
      assert.notEqual(browser.jar.get('carrel'), before.jar.get('carrel'))
      assert.equal((await browser.navigate('/hub/home')).status, 200)
      assert.equal((await before.navigate('/hub/home')).status, 302)
      assert.deepEqual(await countRows(hub.db, 'sessions'), { sessions: 1 })
    })

    it('takes a callback once, in the browser that began, with the right state', async () => {
      const browser = await start({ authenticators: [fakeRedirect()] })
      const begun = await browser.submit('/hub/login/school')
      const state = new URL(String(begun.headers.location)).searchParams.get('state')
      const elsewhere = await hub.browser().navigate(`/hub/oauth_callback?state=${state}&code=ann`)
      assert.equal(elsewhere.status, 400)
      assert.equal((await browser.navigate('/hub/oauth_callback?state=other&code=ann')).status, 400)
      const wrong = await browser.navigate(`/hub/oauth_callback?state=${state}`)
      assert.equal(wrong.status, 403)
      assert.match(wrong.text, /The sign-in does not fit/)
      assert.doesNotMatch(wrong.text, /code differs/)
      assert.ok(hub.log.some((line) => line.includes('code differs')))
      assert.match(wrong.text, /<h1>Signing in did not work<\/h1>/)
      const late = await browser.navigate(`/hub/oauth_callback?state=${state}&code=ann`)
      assert.equal(late.status, 400)
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 0 })
    })

    it('offers another try that keeps the address to which the person wanted to go', async () => {
      const browser = await start({ authenticators: [fakeRedirect()] })
      await browser.submit('/hub/login/school', { next: '/launch/demo' })
      const { text } = await browser.navigate('/hub/oauth_callback?state=other&code=ann')
      assert.match(text, /<a class="button" href="\/hub\/login\?next=%2Flaunch%2Fdemo">Try again<\/a>/)
    })

    const nexts: [string | undefined, string][] = [
      ['/launch/demo', '/launch/demo'],
      ['/hub/home?a=b', '/hub/home?a=b'],
      [undefined, '/hub/home'],
      ...[
        '//evil.example',
        '/\\evil.example',
        '\\\\evil.example',
        'https://evil.example',
        'evil.example',
        '/\t/evil.example',
        '/\n/evil.example',
        'javascript:alert(1)',
        '/%0d%0aSet-Cookie:x=y\r\n',
        `/${'x'.repeat(5000)}`,
      ].map((next): [string, string] => [next, '/hub/home']),
    ]
    it('goes on to its own pages only', async () => {
      await start({ authenticators: [fakeRedirect()] })
      for (const [next, target] of nexts) {
        const browser = hub.browser()
        const back = await signIn(browser, 'ann', next)
        assert.equal(back.headers.location, target, `next=${next}`)
        const signedIn = await browser.navigate(`/hub/login?next=${encodeURIComponent(next ?? '')}`)
        assert.equal(signedIn.headers.location, target, `next=${next}, signed in`)
      }
    })

    it('refuses a name that another account has', async () => {
      const browser = await start({ authenticators: [fakeRedirect(), people] })
      await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
      const answer = await signIn(hub.browser(), 'ann')
      assert.equal(answer.status, 409)
      assert.match(answer.text, /belongs to another account/)
    })

    it('is a gate before temporary users, whose identity is only in the event', async () => {
      const browser = await start({ authenticators: [temporary({ behind: fakeRedirect() })] })
      assert.equal((await browser.navigate('/')).headers.location, '/hub/login')
      browser.setNonce()
      const refused = await browser.post('/hub/launches', { link: '/tmplogin?course=demo' })
      assert.equal(refused.json().error, 'sign_in')
      const form = await browser.submit('/hub/launches', { link: '/tmplogin?course=demo' })
      assert.match(String(form.headers.location), /^\/hub\/login\?next=%2Ftmplogin/)
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 0 })
      const back = await signIn(browser, 'ann', '/tmplogin?course=demo')
      assert.equal(back.headers.location, '/tmplogin?course=demo')
      await browser.enter('/tmplogin?course=demo')
      const other = hub.browser()
      await signIn(other, 'ann')
      const users = await hub.db('users').select()
      assert.equal(users.length, 2, 'a second sign-in of a person makes another temporary user')
      assert.doesNotMatch(JSON.stringify(users), /ann/)
      const events = await hub.db('events').where({ kind: 'signed-in' }).select('detail')
      assert.match(JSON.stringify(events), /id-of-ann/)
      await browser.enter('/tmplogin?course=demo&fresh=1')
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 3 })
    })
  })

  it('answers a wrong name as a wrong password', async () => {
    const browser = await start({ authenticators: [people] })
    const pages = [
      await browser.submit('/hub/login/local', { username: 'ann', password: 'wrong' }),
      await browser.submit('/hub/login/local', { username: 'nobody', password: 'wrong' }),
    ]
    assert.deepEqual(new Set(pages.map(({ status, text }) => `${status} ${text}`)).size, 1)
    assert.equal(pages[0]?.status, 403)
    assert.equal(
      hub.log.some((line) => line.includes('wrong"')),
      false,
    )
  })

  describe('signing out', () => {
    it('ends the session, its seats at the proxy and its nonce', async () => {
      const browser = await start({})
      const { ticket } = await browser.enter(exercise, { referer: `${lmsUrl}/` })
      const { seat, route } = (await redeem(hub, ticket)).json()
      const old = browser.jar.get('carrel') ?? ''
      const nonce = browser.jar.get('carrel-first') ?? ''
      assert.match((await browser.navigate('/hub/logout')).text, /<form method="post" action="\/hub\/logout">/)
      assert.deepEqual(hub.proxy.routes.get(route.path)?.access?.ended, [], 'looking at the page ends nothing')
      const answer = await browser.submit('/hub/logout')
      assert.equal(answer.status, 200)
      const held = hub.proxy.routes.get(route.path)
      assert.deepEqual(held?.access?.ended, [seat.id])
      assert.ok((held?.revision ?? 0) > route.revision)
      assert.deepEqual([...browser.jar.keys()], [])
      assert.match(answer.cookies.join('\n'), /^carrel=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax$/m)
      assert.match(
        answer.cookies.join('\n'),
        /^__Host-carrel-first=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax; Secure$/m,
      )
      browser.jar.set('carrel', old)
      assert.equal((await browser.navigate('/hub/home')).headers.location, '/')
      assert.deepEqual(await countRows(hub.db, 'sessions', 'launches', 'tickets'), {
        sessions: 0,
        launches: 0,
        tickets: 0,
      })
      assert.equal(nonce.length, 43)
    })

    it('ends the seat at an unreachable proxy as soon as it answers again', async () => {
      const browser = await start({})
      const { ticket } = await browser.enter(exercise, { referer: `${lmsUrl}/` })
      const { seat, route } = (await redeem(hub, ticket)).json()
      hub.proxy.broken = true
      assert.equal((await browser.submit('/hub/logout')).status, 200)
      hub.proxy.broken = false
      const ended = () => hub.proxy.routes.get(route.path)?.access?.ended ?? []
      await until(() => ended().length > 0)
      assert.deepEqual(ended(), [seat.id])
    })

    it('leaves the seats of other sessions of the same user alone', async () => {
      const browser = await start({ authenticators: [people] })
      const other = hub.browser()
      const seats: string[] = []
      for (const one of [browser, other]) {
        await one.submit('/hub/login/local', { username: 'ann', password: 'right' })
        const { ticket } = await one.enter('/launch/demo')
        seats.push((await redeem(hub, ticket)).json().seat.id)
      }
      await browser.submit('/hub/logout')
      const [route] = [...hub.proxy.routes.values()]
      assert.deepEqual(route?.access?.ended, [seats[0]])
      assert.equal((await other.navigate('/hub/home')).status, 200)
    })
  })

  describe('requests of other sites', () => {
    const routes = [
      ['/hub/launches', { link: '/tmplogin?course=demo' }],
      ['/hub/launches/ID/ticket', {}],
      ['/hub/servers/SERVER/stop', {}],
      ['/hub/login/local', { username: 'eve', password: 'right' }],
      ['/hub/logout', {}],
    ] as const
    const headers: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'http://nb.test' },
      { 'sec-fetch-site': 'none', origin: hubUrl },
      { 'sec-fetch-site': 'cross-site', origin: hubUrl },
      { 'sec-fetch-site': '', origin: 'https://evil.example' },
      { 'sec-fetch-site': '', origin: 'null' },
      { 'sec-fetch-site': '', origin: '' },
      { 'sec-fetch-site': '', origin: `${hubUrl}.evil.example` },
    ]

    it('change nothing', async () => {
      const browser = await start({ authenticators: [temporary(), people] })
      const { launch } = await browser.enter('/tmplogin?course=demo')
      const { id } = await hub.db('servers').first('id')
      const before = await countRows(hub.db, 'users', 'sessions', 'launches', 'tickets', 'events')
      const cookies = [...browser.jar]
      for (const [path, fields] of routes) {
        for (const header of headers) {
          const target = path.replace('ID', launch).replace('SERVER', id)
          for (const send of [browser.post, browser.submit]) {
            const answer = await send(target, fields as Record<string, string>, header)
            assert.equal(answer.status, 403, `${path} with ${JSON.stringify(header)}`)
            assert.match(answer.text, /foreign_page|another site/)
          }
        }
      }
      assert.deepEqual(await countRows(hub.db, 'users', 'sessions', 'launches', 'tickets', 'events'), before)
      assert.deepEqual([...browser.jar], cookies)
      assert.equal((await hub.db('servers').first('state')).state, 'ready')
    })

    it('are distinguished from those of an old browser on our own page', async () => {
      const browser = await start({})
      await browser.enter('/tmplogin?course=demo')
      const answer = await browser.submit('/hub/logout', {}, { 'sec-fetch-site': '', origin: hubUrl })
      assert.equal(answer.status, 200)
    })
  })

  it('show and stop only the user’s own notebooks', async () => {
    const browser = await start({})
    await browser.enter('/tmplogin?course=demo')
    const { id } = await hub.db('servers').first('id')
    const home = await browser.navigate('/hub/home')
    assert.match(home.text, new RegExp(`href="/hub/servers/${id}/stop"`))
    assert.match(home.text, /Python for all/)
    const stranger = hub.browser()
    await stranger.enter('/tmplogin?course=third')
    assert.doesNotMatch((await stranger.navigate('/hub/home')).text, new RegExp(id))
    assert.equal((await stranger.submit(`/hub/servers/${id}/stop`)).status, 404)
    assert.equal((await hub.browser().submit(`/hub/servers/${id}/stop`)).status, 401)
    const question = await browser.navigate(`/hub/servers/${id}/stop`)
    assert.match(question.text, new RegExp(`What is not saved is lost.*action="/hub/servers/${id}/stop"`, 's'))
    assert.equal((await stranger.navigate(`/hub/servers/${id}/stop`)).status, 404)
    assert.equal((await hub.db('servers').where({ id }).first()).state, 'ready', 'a question changes nothing')
    const back = String((await browser.submit(`/hub/servers/${id}/stop`)).headers.location)
    assert.match(back, /^\/hub\/home\?notice=/)
    assert.match((await browser.navigate(back)).text, /<p class="notice" role="status">demo is being stopped\.<\/p>/)
    assert.equal((await browser.submit(`/hub/servers/${id}/stop`)).status, 303, 'a second stop succeeds')
  })

  it('leave no secret in the log', async () => {
    const browser = await start({})
    const { launch, ticket } = await browser.enter('/tmplogin?course=demo&notebook=a.ipynb')
    await redeem(hub, ticket)
    const learner = hub.browser()
    const page = await learner.navigate('/ipythonExercice/Python/a/ann-of-the-lms', {
      referer: 'https://lms.example.org/',
    })
    const { proof } = launchPageData(page.text)
    await learner.enter('/ipythonExercice/Python/a/ann-of-the-lms', { referer: 'https://lms.example.org/' })
    await browser.navigate(`/hub/launches/${launch}`)
    await browser.navigate(`/hub/launches/${launch}x`)
    await browser.post(`/hub/launches/${launch}/ticket`)
    await redeem(hub, ticket)
    const tokens = [...hub.world.objects.values()].map((object) => object.token)
    const nonces = [browser, learner].flatMap(({ jar }) => [...jar.values()])
    await browser.submit('/hub/logout')
    // A failed request is logged in more detail.
    await hub.db.schema.renameTable('sessions', 'sessions_away')
    const later = hub.browser()
    later.setNonce()
    assert.equal((await later.post('/hub/launches', { link: '/tmplogin?course=demo' })).status, 500)
    const log = hub.log.join('')
    assert.match(log, /seated/)
    for (const secret of [
      launch,
      ticket,
      proof,
      ...tokens,
      ...nonces,
      ...later.jar.values(),
      'ann-of-the-lms',
      'carrel-server-',
    ]) {
      assert.ok(secret.length > 8 && !log.includes(secret), `${secret} is in the log`)
    }
    const { proxyToken, cullerToken } = (await import('../../helpers/test-hub.ts')).secrets
    for (const secret of [proxyToken, cullerToken]) assert.ok(!log.includes(secret))
  })
})

function hidden(line: string): string {
  return line.replace(/=[\w-]{43};/, '=…;')
}
