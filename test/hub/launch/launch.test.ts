import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  countRows,
  createHttpBrowser,
  eventsOf,
  type HttpBrowser,
  hubUrl,
  launchPageData,
  lmsUrl,
  redeem,
  serversUrl,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'

const demo = '/tmplogin?course=demo&notebook=a.ipynb'
const exercise = '/ipythonExercice/Python/week%201/a.ipynb/ann'
const everything = ['users', 'servers', 'sessions', 'launches', 'nonces', 'tickets', 'events'] as const

onEachDatabase('a launch', (makeDatabase) => {
  let hub: TestHub
  let browser: HttpBrowser
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    browser = hub.browser()
  })
  afterEach(async () => hub?.stop())

  describe('what a GET may do', () => {
    const requests: [string, string, Record<string, string>][] = [
      ['a first visit', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
      ['a first visit in a frame', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
      ['a crawler', 'GET', {}],
      ['a prefetch', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' }],
      [
        'a prerender',
        'GET',
        { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch;prerender' },
      ],
      ['an image', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
      ['a script', 'GET', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
      ['an embed', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'embed' }],
      ['a HEAD', 'HEAD', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ]
    const links = [demo, `${demo}&fresh=1`, '/launch/third/x.ipynb', exercise, '/hub/tmplogin?course=demo']

    it('changes nothing and sets no cookie without an identity', async () => {
      for (const link of links) {
        for (const [what, method, headers] of requests) {
          const answer = await browser.fetch(link, { method, headers: { ...headers, referer: `${lmsUrl}/page` } })
          assert.equal(answer.status, 200, `${what} of ${link}`)
          assert.deepEqual(answer.cookies, [], `${what} of ${link}`)
        }
      }
      assert.deepEqual(
        await countRows(hub.db, ...everything),
        Object.fromEntries(everything.map((table) => [table, 0])),
      )
      assert.deepEqual(hub.world.made, [])
    })

    it('changes nothing with an identity either, unless it is a navigation', async () => {
      await browser.enter(demo)
      const before = await countRows(hub.db, ...everything)
      for (const [what, method, headers] of requests.slice(2)) {
        const answer = await browser.fetch('/launch/third', { method, headers })
        assert.equal(answer.status, 200, what)
      }
      await browser.navigate(`${demo}&fresh=1`)
      assert.deepEqual(await countRows(hub.db, ...everything), before)
    })

    it('launches at once for a navigation with a session, and has the ticket in the same page', async () => {
      await browser.enter(demo)
      const page = await browser.navigate('/launch/demo/b.ipynb')
      assert.match(
        page.text,
        new RegExp(`<form method="post" action="${serversUrl}/_carrel/seat" id="enter" data-tells="false">`),
      )
      assert.match(page.text, /<script async src="[^"]+\/pass-on\.js">/, 'and no script but the one that sends it')
      assert.doesNotMatch(page.text, /launch\.js/)
      const ticket = /name="ticket" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
      assert.equal((await redeem(hub, ticket)).status, 200)
      assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 1, servers: 1 })
      assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
      assert.match(String(page.headers['content-security-policy']), /script-src 'self'; /)
      assert.equal(page.headers['cache-control'], 'no-store')
      assert.equal(page.headers['referrer-policy'], 'strict-origin')
    })

    it('is refused to robots at every address', async () => {
      assert.match((await browser.fetch('/robots.txt')).text, /Disallow: \/\n/)
    })
  })

  describe('nonces', () => {
    it('make one user, one session and one server for ten frames', async () => {
      browser.setNonce()
      const frames = Array.from({ length: 10 }, () => sameCookies(hub, browser))
      const answers = await Promise.all(
        frames.map((frame) => frame.post('/hub/launches', { link: demo, framed: true })),
      )
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201])
      assert.equal(new Set(frames.map((frame) => frame.jar.get('carrel'))).size, 1)
      const rows = await countRows(hub.db, 'users', 'sessions', 'servers', 'launches')
      assert.deepEqual(rows, { users: 1, sessions: 1, servers: 1, launches: 10 })
      const ends = await Promise.all(answers.map((answer) => browser.follow(answer.json().launch)))
      assert.deepEqual([...new Set(ends.map((end) => end.state))], ['ready'])
      assert.equal(hub.world.made.length, 1)
    })

    it('make nothing after 60 seconds', async () => {
      browser.setNonce()
      await browser.open(demo)
      await hub.db('nonces').update({ created: hub.db.raw('created - 61000') })
      const later = hub.browser()
      later.jar.set('carrel-first', browser.jar.get('carrel-first') ?? '')
      const answer = await later.post('/hub/launches', { link: demo })
      assert.equal(answer.status, 409)
      assert.equal(answer.json().error, 'nonce_used')
      assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 1, sessions: 1 })
    })

    it('are required, and an error says what to do without cookies', async () => {
      const answer = await browser.post('/hub/launches', { link: demo })
      assert.equal(answer.status, 403)
      assert.equal(answer.json().error, 'no_cookies')
    })

    it('make a session whose id is not in the database', async () => {
      await browser.open(demo)
      const rows = await hub.db('sessions').select()
      assert.doesNotMatch(JSON.stringify(rows), new RegExp(browser.jar.get('carrel') ?? 'missing'))
    })
  })

  it('resumes the same user, server and run after another click', async () => {
    await browser.enter(demo)
    await browser.enter('/tmplogin?course=DEMO&notebook=b.ipynb')
    await browser.enter('/launch/demo/c.ipynb')
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions', 'servers'), { users: 1, sessions: 1, servers: 1 })
    assert.equal(hub.world.made.length, 1)
  })

  it('makes another user and session with fresh=1, and the earlier session opens nothing', async () => {
    const { launch } = await browser.enter(demo)
    const old = sameCookies(hub, browser)
    await browser.enter(`${demo}&fresh=1`)
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions', 'servers'), { users: 2, sessions: 1, servers: 2 })
    assert.notEqual(old.jar.get('carrel'), browser.jar.get('carrel'))
    assert.equal((await old.post(`/hub/launches/${launch}/ticket`)).status, 404)
    assert.match((await old.navigate('/launch/demo')).text, /data-launch=""/)
  })

  it('leads to the page of the link, encoded once', async () => {
    const cases: [string, RegExp][] = [
      [
        '/tmplogin?course=demo&notebook=week%201%2Fa%2Bb%20%C3%A9.ipynb',
        /^lab\/workspaces\/demo\/tree\/week%201\/a%2Bb%20%C3%A9.ipynb$/,
      ],
      ['/tmplogin?course=demo&notebook=100%2525.ipynb', /\/tree\/100%2525.ipynb$/],
      ['/tmplogin?course=demo', /^lab\/workspaces\/demo\/tree\/welcome.ipynb$/],
      ['/launch/demo/a//b/./c/../d.ipynb', /\/tree\/a\/b\/d.ipynb$/],
      ['/launch/third/a%20b.ipynb', /^notebooks\/a%20b.ipynb$/],
      ['/launch/third/notes.md', /^edit\/notes.md$/],
      ['/launch/third', /^tree$/],
    ]
    for (const [link, landing] of cases) {
      const { ticket } = await browser.enter(link)
      const { to } = (await redeem(hub, ticket)).json()
      assert.match(to, /^\/user\/[\w-]{36}\/(demo|third)\//)
      assert.match(to.split('/').slice(4).join('/'), landing, link)
    }
  })

  it('opens a single document where scripts have no storage, also for the next click', async () => {
    const { ticket } = await browser.enter(demo, { storage: false })
    assert.match((await redeem(hub, ticket)).json().to, /\/demo\/notebooks\/a.ipynb$/)
    const next = await browser.enter('/launch/demo/b.ipynb')
    assert.match((await redeem(hub, next.ticket)).json().to, /\/demo\/notebooks\/b.ipynb$/)
  })

  describe('tickets', () => {
    it('are redeemed once, by one of many concurrent requests', async () => {
      const { ticket } = await browser.enter(demo)
      const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(hub, ticket)))
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 404, 404, 404, 404, 404, 404, 404])
      assert.deepEqual(await countRows(hub.db, 'seats', 'tickets'), { seats: 1, tickets: 0 })
    })

    it('expire after a minute', async () => {
      const { ticket } = await browser.enter(demo)
      await hub.db('tickets').update({ expires: hub.db.raw('expires - 60001') })
      assert.equal((await redeem(hub, ticket)).json().error, 'ticket_unknown')
    })

    it('of an earlier run open nothing', async () => {
      const { ticket } = await browser.enter(demo)
      await hub.db('servers').update({ run: 2 })
      assert.equal((await redeem(hub, ticket)).status, 404)
    })

    it('are given only to the session that made the launch', async () => {
      const { launch } = await browser.enter(demo)
      const stranger = hub.browser()
      await stranger.open('/tmplogin?course=demo')
      for (const other of [stranger, hub.browser()]) {
        const answer = await other.post(`/hub/launches/${launch}/ticket`)
        assert.equal(answer.status, 403)
        assert.equal(answer.json().error, 'not_your_launch')
        const page = await other.navigate(`/hub/launches/${launch}`)
        assert.equal(page.status, 200)
        assert.doesNotMatch(page.text, /name="ticket"/)
      }
      assert.match((await browser.navigate(`/hub/launches/${launch}`)).text, /name="ticket"/)
    })

    it('are refused to a cookie whose session has ended', async () => {
      const { launch, ticket } = await browser.enter(demo)
      const old = sameCookies(hub, browser)
      assert.equal((await browser.submit('/hub/logout')).status, 200)
      assert.equal((await redeem(hub, ticket)).status, 404, 'a ticket from before the sign-out')
      assert.notEqual((await old.post(`/hub/launches/${launch}/ticket`)).status, 200)
      assert.doesNotMatch((await old.navigate(`/hub/launches/${launch}`)).text, /name="ticket"/)
    })
  })

  it('gives nothing to a cookie without a session, although the launch exists', async () => {
    const { launch } = await browser.enter(demo)
    const { world, proxy, databaseUrl: database } = hub
    await hub.db('sessions').delete()
    // Another hub has no session in memory.
    const next = await startTestHub({
      database: database.startsWith('sqlite:') ? await copyOf(hub) : database,
      world,
      proxy,
    })
    const again = sameCookies(next, browser)
    const answer = await again.post(`/hub/launches/${launch}/ticket`)
    const page = await again.navigate(`/hub/launches/${launch}`)
    await next.stop()
    assert.deepEqual([answer.status, answer.json().error], [403, 'not_your_launch'])
    assert.doesNotMatch(page.text, /name="ticket"/)
  })

  describe('from an LMS', () => {
    it('is accepted from a page of the course, by the origin of its Referer', async () => {
      const { ticket } = await browser.enter(exercise, { framed: true, referer: `${lmsUrl}/unit/7?x=1` })
      const { seat, to } = (await redeem(hub, ticket)).json()
      assert.equal(seat.framed, true)
      assert.match(to, /^\/user\/lms~3aedx~3aann\/python\/lab\/workspaces\/python\/tree\/week%201\/a.ipynb$/)
      const [user] = await hub.db('users').select('name', 'kind', 'subject')
      assert.deepEqual({ ...user }, { name: 'lms:edx:ann', kind: 'learner', subject: 'ann' })
    })

    const foreign = [
      undefined,
      `${lmsUrl}.evil.example/`,
      `http://lms.example.org/`,
      `${lmsUrl}:8443/`,
      'https://evil.example/?https://lms.example.org/',
      'https://lms.example.org@evil.example/',
      'not a url',
      `${hubUrl}/`,
    ]
    for (const referer of foreign) {
      it(`is refused with the Referer ${referer}`, async () => {
        const page = await browser.navigate(exercise, { ...(referer !== undefined && { referer }) })
        assert.equal(launchPageData(page.text).proof, '')
        browser.setNonce()
        const answer = await browser.post('/hub/launches', { link: exercise })
        assert.equal(answer.status, 403)
        assert.equal(answer.json().error, 'lms_needed')
        assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 0, sessions: 0 })
      })
    }

    it('is refused with a proof that is forged, changed, old or for another link', async () => {
      const page = await browser.navigate(exercise, { referer: `${lmsUrl}/` })
      const { proof } = launchPageData(page.text)
      const [version, kid, body = '', mac] = proof.split('.')
      const words = JSON.parse(Buffer.from(body, 'base64url').toString())
      const changed = Buffer.from(JSON.stringify({ ...words, until: words.until + 1 })).toString('base64url')
      browser.setNonce()
      const cases: [string, string, string][] = [
        ['changed', exercise, `${version}.${kid}.${changed}.${mac}`],
        ['cut', exercise, proof.slice(0, -4)],
        ['of another key', exercise, proof.replace('.k1.', '.k2.')],
        ['for another learner', exercise.replace('ann', 'bob'), proof],
        ['for another course', exercise.replace('Python', 'demo'), proof],
        ['with more in its link', `${exercise}?x=1`, proof],
      ]
      for (const [what, link, given] of cases) {
        const answer = await browser.post('/hub/launches', { link, proof: given })
        assert.equal(answer.status, 403, what)
      }
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 0 })
      assert.equal((await browser.post('/hub/launches', { link: exercise, proof })).status, 201)
    })

    it('is refused for a course that the LMS may not open', async () => {
      const link = '/ipythonExercice/demo/a/ann'
      const page = await browser.navigate(link, { referer: `${lmsUrl}/` })
      assert.equal(launchPageData(page.text).proof, '')
    })

    it('gives a learner the same server in another browser, and another learner another one', async () => {
      const how = { framed: true, referer: `${lmsUrl}/` }
      await browser.enter(exercise, how)
      await hub.browser().enter(exercise, how)
      assert.deepEqual(await countRows(hub.db, 'users', 'servers', 'sessions'), { users: 1, servers: 1, sessions: 2 })
      await hub.browser().enter(exercise.replace(/ann$/, 'bob'), how)
      assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 2, servers: 2 })
    })

    it('makes ten frames of one page one session', async () => {
      const proof = launchPageData((await browser.navigate(exercise, { referer: `${lmsUrl}/` })).text).proof
      browser.setNonce()
      const frames = Array.from({ length: 10 }, () => sameCookies(hub, browser))
      await Promise.all(frames.map((frame) => frame.post('/hub/launches', { link: exercise, framed: true, proof })))
      assert.equal(new Set(frames.map((frame) => frame.jar.get('carrel'))).size, 1)
      assert.deepEqual(await countRows(hub.db, 'users', 'sessions', 'servers'), { users: 1, sessions: 1, servers: 1 })
    })

    it('gives the browser to another learner, and ends the seats of the earlier one', async () => {
      const how = { framed: true, referer: `${lmsUrl}/` }
      const { ticket } = await browser.enter(exercise, how)
      const { seat, route } = (await redeem(hub, ticket)).json()
      const old = browser.jar.get('carrel')
      browser.jar.delete('carrel-first')
      await browser.enter(exercise.replace(/ann$/, 'bob'), how)
      assert.notEqual(browser.jar.get('carrel'), old)
      assert.deepEqual(hub.proxy.routes.get(route.path)?.access?.ended, [seat.id])
    })

    it('refuses a learner the courses that the LMS may not open', async () => {
      await browser.enter(exercise, { referer: `${lmsUrl}/` })
      assert.equal((await browser.navigate('/launch/python/b.ipynb')).status, 200)
      for (const link of ['/launch/demo', demo]) {
        const answer = await browser.navigate(link)
        assert.equal(answer.status, 403, link)
        assert.match(answer.text, /from a page of your LMS/)
      }
      assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 1 })
    })

    it('makes a throw-away user of the preview `student` for each page', async () => {
      const link = exercise.replace(/ann$/, 'student')
      const how = { framed: true, referer: `${lmsUrl}/` }
      await browser.enter(link, how)
      await browser.enter(link, how)
      await hub.browser().enter(link, how)
      const users = await hub.db('users').select('kind', 'preview', 'name')
      assert.equal(users.length, 2)
      for (const user of users) {
        assert.deepEqual([user.kind, Boolean(user.preview)], ['temporary', true])
        assert.match(user.name, /^[0-9a-f-]{36}$/)
      }
    })
  })

  describe('back into a server', () => {
    it('opens a page of the server for its owner', async () => {
      const { ticket } = await browser.enter(demo)
      const { to } = (await redeem(hub, ticket)).json()
      for (const link of [to, `/hub/open?to=${encodeURIComponent(to)}`]) {
        const next = await browser.enter(link)
        assert.equal((await redeem(hub, next.ticket)).json().to, to)
      }
    })

    it('asks first when the link leads to something that another site must not open by itself', async () => {
      const { ticket } = await browser.enter(demo)
      const { route } = (await redeem(hub, ticket)).json()
      const before = await countRows(hub.db, 'launches')
      for (const inside of ['git-pull?repo=https://evil.example', 'proxy/8080/', 'terminals/1', 'files/a.html']) {
        for (const headers of [{}, { 'sec-purpose': 'prefetch;prerender' }, { 'sec-fetch-dest': 'object' }]) {
          const page = await browser.navigate(`/hub/open?to=${encodeURIComponent(route.path + inside)}`, headers)
          assert.equal(launchPageData(page.text).ask, 'true', inside)
          assert.match(page.text, /<button>Open it in my notebook<\/button>/)
        }
      }
      assert.deepEqual(await countRows(hub.db, 'launches'), before)
    })

    it('is refused to another user, and with a reason to a browser whose session has ended', async () => {
      const { ticket } = await browser.enter(demo)
      const { route } = (await redeem(hub, ticket)).json()
      const stranger = hub.browser()
      await stranger.enter(demo)
      const answer = await stranger.navigate(`${route.path}lab`)
      assert.equal(answer.status, 403)
      assert.match(answer.text, /belongs to somebody else/)
      const nobody = hub.browser()
      nobody.setNonce()
      const refused = await nobody.post('/hub/launches', { link: `${route.path}lab` })
      assert.equal(refused.status, 401)
      assert.equal(refused.json().error, 'session_gone')
      assert.deepEqual(refused.json().links, [{ href: '/tmplogin?course=demo', text: 'Start demo anew' }])
      assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 2, servers: 2 })
    })

    it('starts the server again when it has stopped', async () => {
      await browser.enter(demo)
      const { id, path } = await hub.db('servers').first()
      await browser.submit(`/hub/servers/${id}/stop`)
      const page = await browser.navigate(`${path}lab`)
      assert.equal((await browser.follow(launchPageData(page.text).launch)).state, 'ready')
      assert.equal((await hub.db('servers').first()).run, 2)
    })
  })

  it('says that it makes a new notebook when the earlier session has ended', async () => {
    await browser.enter(demo)
    await hub.db('users').update({ state: 'deleting' })
    browser.setNonce()
    const answer = await browser.post('/hub/launches', { link: demo })
    assert.equal(answer.status, 201)
    assert.match(answer.json().notice, /earlier session had ended/)
  })

  describe('without script', () => {
    it('works with a form, a page that reloads itself, and a button', async () => {
      const page = await browser.navigate(demo)
      assert.match(page.text, /<noscript><p>Press the button, and .*<\/p><form method="post" action="\/hub\/launches"/)
      const begun = await browser.submit('/hub/launches', { link: demo, framed: 'false' })
      assert.equal(begun.status, 303)
      const address = String(begun.headers.location)
      assert.match(address, /^\/hub\/launches\/[\w-]{43}$/)
      await browser.follow(address.split('/').at(-1) ?? '')
      const ready = await browser.navigate(address)
      assert.match(ready.text, /id="enter"/)
      assert.doesNotMatch(ready.text, /http-equiv="refresh"/)
    })

    it('shows its progress to a browser without the session', async () => {
      hub.world.behaviour.beforeStart = new Promise(() => {})
      const launch = await browser.open(demo)
      const page = await hub.browser().navigate(`/hub/launches/${launch}`)
      assert.equal(page.status, 200)
      assert.match(page.text, /<noscript><meta http-equiv="refresh" content="2">/)
      assert.match(page.text, /Making room for your notebook|Fetching the course/)
      assert.doesNotMatch(page.text, /name="ticket"/)
    })
  })

  it('streams its progress to late joiners and to several at once', async () => {
    const launch = await browser.open(demo)
    await browser.follow(launch)
    const streams = await Promise.all([1, 2, 3].map(() => hub.browser().fetch(`/hub/launches/${launch}/events`)))
    for (const stream of streams) {
      assert.match(String(stream.headers['content-type']), /^text\/event-stream/)
      assert.deepEqual(eventsOf(stream.text), [{ state: 'ready', message: 'Your notebook is ready.' }])
    }
  })

  it('ends the streams of waiting pages when the hub stops, and cuts none of them', async () => {
    hub.world.behaviour.beforeStart = new Promise(() => {})
    const launch = await browser.open(demo)
    const stream = await fetch(`${hub.address}/hub/launches/${launch}/events`, { headers: { host: 'hub.test' } })
    assert.equal(stream.status, 200)
    const read = stream.text()
    await hub.stop()
    assert.notEqual(eventsOf(await read).at(-1)?.state, 'ready')
  })

  it('expires after 15 minutes', async () => {
    const launch = await browser.open(demo)
    await hub.db('launches').update({ expires: 1 })
    assert.equal((await browser.navigate(`/hub/launches/${launch}`)).status, 404)
    assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 404)
  })
})

/** Returns a copy of the hub's SQLite file for another hub, since a file is for one hub. */
async function copyOf(hub: TestHub): Promise<string> {
  const file = `${hub.databaseUrl.slice('sqlite:'.length)}-copy`
  await hub.db.raw('vacuum into ?', [file])
  return `sqlite:${file}`
}

/** Returns another tab or frame of the same browser, with a copy of its present cookies. */
function sameCookies(hub: TestHub, browser: HttpBrowser): HttpBrowser {
  const other = createHttpBrowser(hub.address)
  for (const [name, value] of browser.jar) other.jar.set(name, value)
  return other
}
