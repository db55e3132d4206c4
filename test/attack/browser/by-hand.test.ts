import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Locator, Page, Request } from 'playwright-core'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { createApp } from '../../../hub/app.ts'
import { addGuest } from '../../../hub/db/seats/guests.ts'
import { keepSeat } from '../../../hub/db/seats/seats.ts'
import { addShare } from '../../../hub/db/seats/shares.ts'
import { addToken } from '../../../hub/db/tokens.ts'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { type Gateway, startGateway } from '../../helpers/gateway.ts'
import { requirePart } from '../../helpers/require.ts'
import { countRows, type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { people } from '../../hub/people.ts'
import { targetsOf } from '../hub/targets.ts'
import { attacks } from '../table.ts'

const exercise = '/ipythonExercice/Python/a.ipynb/7'
const edx = () => lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })

describe('attack: a page of ours that would go on by itself, asked of the hub', () => {
  let hub: TestHub
  let visitor: HttpBrowser
  beforeEach(async () => {
    hub = await startTestHub({ config: { authenticators: [temporary(), people, edx()] } })
    visitor = hub.browser()
  })
  afterEach(() => hub.stop())

  const signIn = () => visitor.submit('/hub/login/local', { username: 'ann', password: 'right' })
  const fromLms = { referer: `${lmsUrl}/unit` }
  /**
   * Runs `act`. Returns its status and error, the status of the home page, and how many sessions of before are kept.
   */
  const tries = async (act: () => Promise<{ status: number; text: string }>) => {
    const before = await hub.db('users').select('id').orderBy('created')
    const answer = await act()
    const home = await visitor.navigate('/hub/home')
    const kept = await hub
      .db('sessions')
      .whereIn(
        'user',
        before.map(({ id }) => id),
      )
      .select('user')
    const error = answer.text.startsWith('{') ? JSON.parse(answer.text).error : /<form[^>]*id="start"/.test(answer.text)
    return [answer.status, error, home.status, kept.length]
  }
  const post = (link: string, more: object = {}) => {
    visitor.setNonce()
    return visitor.post('/hub/launches', { link, ...more })
  }
  const fields = (page: string, form: RegExp) =>
    Object.fromEntries(
      [...(form.exec(page)?.[0] ?? '').matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    )

  attacks([
    {
      name: 'has the launch page’s script start over for a temporary visitor',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        return tries(() => post('/launch/demo?fresh=1'))
      },
      expected: [409, 'ask_first', 200, 1],
    },
    {
      name: 'has it start over for a person',
      rule: 'by hand',
      async attempt() {
        await signIn()
        return tries(() => post('/tmplogin?course=demo&fresh=1'))
      },
      expected: [409, 'ask_first', 200, 1],
    },
    {
      name: 'has it start over for an LMS’s learner',
      rule: 'by hand',
      async attempt() {
        await visitor.enter(exercise, fromLms)
        return tries(() => post('/hub/tmplogin?course=demo&fresh=1'))
      },
      expected: [409, 'ask_first', 200, 1],
    },
    {
      name: 'has it start over by the form that is for browsers without script',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        return tries(() => visitor.submit('/hub/launches', { link: '/launch/demo?fresh=1' }))
      },
      expected: [409, true, 200, 1],
    },
    {
      name: 'has a page of an LMS make a learner of a temporary visitor',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        const { text } = await visitor.navigate(exercise, fromLms)
        const [, proof] = /data-proof="([^"]+)"/.exec(text) ?? []
        return tries(() => post(exercise, { proof }))
      },
      expected: [409, 'ask_first', 200, 1],
    },
    {
      name: 'has a frame’s button bring its learner into the tab of a temporary visitor, unsaid',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        const frame = await hub.browser().navigate(exercise, { ...fromLms, 'sec-fetch-dest': 'iframe' })
        const form = fields(frame.text, /<form[^>]*target="_blank".*?<\/form>/s)
        return tries(() => visitor.submit('/hub/launches', form))
      },
      expected: [409, true, 200, 1],
    },
    {
      name: 'has the launch page’s script, or a form without the button, restart a server that runs',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        const { path } = await hub.db('servers').first('path')
        const link = `/hub/restart?to=${encodeURIComponent(path)}`
        await visitor.submit('/hub/launches', { link, confirmed: 'false' })
        await visitor.navigate(link, { 'sec-fetch-site': 'cross-site' })
        return [await tries(() => post(link)), await hub.db('servers').select('run', 'state')]
      },
      expected: [[409, 'ask_first', 200, 1], [{ run: 1, state: 'ready' }]],
    },
    {
      name: 'has a page of an LMS kill a learner’s server, as nbhosting’s link does',
      rule: 'by hand',
      async attempt() {
        await visitor.enter(exercise, fromLms)
        const kill = exercise.replace('ipythonExercice', 'containerKill')
        const { text } = await visitor.navigate(kill, { ...fromLms, 'sec-fetch-dest': 'iframe' })
        const [, proof] = /data-proof="([^"]+)"/.exec(text) ?? []
        return [await tries(() => post(kill, { proof, framed: true })), await hub.db('servers').select('run', 'state')]
      },
      expected: [[409, 'ask_first', 200, 1], [{ run: 1, state: 'ready' }]],
    },
    {
      name: 'has it open what no other site may open',
      rule: 'by hand',
      async attempt() {
        await visitor.enter('/launch/demo')
        const { path } = await hub.db('servers').first('path')
        return tries(() => post(`/hub/open?to=${encodeURIComponent(`${path}git-pull?repo=evil`)}`))
      },
      expected: [409, 'ask_first', 200, 1],
    },
  ])

  it('goes on once the button is pressed, and with the frame’s own verifier', async () => {
    await visitor.enter('/launch/demo')
    const asked = await visitor.navigate('/launch/demo?fresh=1')
    assert.match(asked.text, /The notebooks that you have here now end with that, and there is no way back/)
    assert.match(asked.text, /<a class="button plain" href="\/launch\/demo">Keep my notebook and open it<\/a>/)
    const form = fields(asked.text, /<form[^>]*id="start".*?<\/form>/s)
    assert.equal((await visitor.submit('/hub/launches', form)).status, 303)
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 2, sessions: 1 })

    const frame = await hub.browser().navigate(exercise, { ...fromLms, 'sec-fetch-dest': 'iframe' })
    const tab = fields(frame.text, /<form[^>]*target="_blank".*?<\/form>/s)
    const question = await visitor.submit('/hub/launches', tab)
    assert.match(question.text, /opens the notebook of another account/)
    const answer = await visitor.submit('/hub/launches', fields(question.text, /<form[^>]*id="start".*?<\/form>/s))
    assert.equal(answer.status, 303)
    assert.match((await visitor.navigate('/hub/home')).text, /lms:edx:7/)
  })

  it('asks nothing when nothing is lost: without a user, or when an LMS brings its next learner', async () => {
    assert.equal((await post('/launch/demo?fresh=1')).status, 201)
    const other = hub.browser()
    await other.enter(exercise, fromLms)
    const page = await other.navigate(exercise.replace('/7', '/8'), fromLms)
    assert.match(page.text, /data-ask="false"/)
    await other.enter(exercise.replace('/7', '/8'), fromLms)
    assert.match((await other.navigate('/hub/home')).text, /lms:edx:8/)
  })

  it('opens the notebook where a person cannot be a temporary visitor at all', async () => {
    await hub.stop()
    hub = await startTestHub({ config: { authenticators: [people] } })
    visitor = hub.browser()
    await signIn()
    await visitor.enter('/launch/demo?fresh=1')
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('tells a temporary visitor, before a sign-out, what it ends', async () => {
    await visitor.enter('/launch/demo')
    for (const path of ['/hub/home', '/hub/logout']) {
      assert.match((await visitor.navigate(path)).text, /there is no way back to them/i)
    }
    for (const path of ['/hub/home', '/hub/token']) {
      const { text } = await visitor.navigate(path)
      assert.match(text, /<form method="get" action="\/hub\/logout">/)
      assert.doesNotMatch(text, /<form method="post" action="\/hub\/logout">/)
    }
  })
})

/** Opens every address of the hub in a browser, scripts included, from a page of another site. */
describe('attack: a navigation from another site to each page of the hub, in a browser', function () {
  this.timeout(600_000)
  let parts: Parts
  let database: TestDatabase
  let gateway: Gateway
  let server: Server
  let browser: Browser
  let evil: ForeignSite
  let hubUrl: string
  let paths: string[]

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    database = await sqliteDatabase()
    parts = await openParts(database.url)
    gateway = await startGateway({ tls: true })
    const { hub } = parts
    hubUrl = `https://hub.localhost:${gateway.port}`
    hub.hubUrl = hubUrl
    hub.serversUrl = `https://*.nb.localhost:${gateway.port}`
    hub.config.authenticators.push(people)
    hub.config.admins.push('ann')
    for (const course of Object.values(hub.courses.all)) course.share = true
    const app = createApp(hub)
    server = createServer(app.callback())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    gateway.forwardTo((server.address() as AddressInfo).port)
    evil = await startForeignSite('evil')
    browser = await startBrowser()
    paths = targetsOf(app, {}).flatMap(({ method, path }) => (method === 'GET' ? [path] : []))
    assert.ok(paths.length > 15)
  })
  after(async () => {
    await browser?.close()
    await evil?.close()
    await gateway?.close()
    server?.closeAllConnections()
    server?.close()
    await parts?.stop()
    await database?.remove()
  })

  /**
   * Returns what brings a window to the evil site, navigates it from there to an address, and waits until all requests of its
   * scripts are answered.
   */
  const leaving = (page: Page): ((address: string) => Promise<void>) => {
    const asked = new Set<Request>()
    page.on('request', (request) => asked.add(request))
    page.on('requestfinished', (request) => asked.delete(request))
    page.on('requestfailed', (request) => asked.delete(request))
    let arrive: () => void = () => undefined
    page.on('load', () => arrive())
    page.on('download', () => arrive())
    return async (address) => {
      // What a script of the page before still loads may interrupt this.
      await until(() =>
        page.goto(evil.origin).then(
          () => true,
          () => false,
        ),
      )
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve
      })
      // Goes once this call has ended, which a page that is left at once would break off.
      await page.evaluate((to) => void setTimeout(() => location.assign(to)), address)
      await arrived
      await until(() => asked.size === 0)
    }
  }
  const settled = (page: Page) => page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))

  /** Returns the rows that a user owns, which only an act of the user may remove. */
  const belongings = async () => {
    const { db } = parts.hub
    const rows = await Promise.all([
      db('sessions').select('hash', 'user'),
      db('seats').where({ ended: false }).select('id'),
      db('tokens').select('id'),
      db('shares').select('server', 'name'),
      db('guests').select('server', 'user'),
      db('users').where({ state: 'active' }).select('id'),
      db('servers').where({ state: 'ready' }).select('id', 'run'),
    ])
    return rows.flat().map((row) => JSON.stringify(row))
  }

  /** Makes a user with a server, a seat, a token, a share and a guest. */
  const settle = async (page: Page, come: () => Promise<unknown>) => {
    const { db } = parts.hub
    await come()
    await page.goto(`${hubUrl}/launch/demo`)
    await settled(page)
    // Removes a cookie that ends after a minute, since it would bring the same visitor back.
    await browser.context.clearCookies({ name: '__Host-carrel-first' })
    const [row] = await db('servers').orderBy('created', 'desc').limit(1).select()
    const { hash } = await db('sessions').where({ user: row.user }).first('hash')
    await keepSeat(db, { session: hash, user: row.user, server: row.id, run: row.run }, 0)
    await addToken(db, { user: row.user, note: 'mine', milliseconds: 3_600_000 })
    await addShare(db, { server: row.id, kind: 'user', name: 'ben' })
    const guest = await parts.makeUser()
    await db.transaction((trx) => addGuest(trx, { server: row.id, user: guest.id, role: 'share' }))
    return row
  }

  const visitors: [string, (page: Page) => Promise<unknown>][] = [
    ['a temporary visitor', (page) => page.goto(`${hubUrl}/tmplogin?course=demo`).then(() => settled(page))],
    [
      'a person, who is an admin',
      async (page) => {
        await page.goto(`${hubUrl}/hub/login`)
        await page.getByLabel('Name').fill('ann')
        await page.getByLabel('Password').fill('right')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
      },
    ],
  ]

  for (const [who, come] of visitors) {
    it(`takes nothing from ${who}`, async () => {
      await browser.context.clearCookies()
      const page = await browser.context.newPage()
      const { id, path, user } = await settle(page, () => come(page))
      const words: Record<string, string> = { id, server: 'demo', course: 'demo' }
      const entry = (link: string) => [link, `${link}${link.includes('?') ? '&' : '?'}fresh=1`]
      const to = encodeURIComponent(`${path}lab`)
      const all = [
        ...paths.map((one) =>
          one.replace('/users/:id', `/users/${user}`).replace(/:(\w+)/g, (_, name) => words[name] ?? 'demo'),
        ),
        ...['/launch/demo', '/launch/third', '/tmplogin?course=demo', '/hub/tmplogin?course=demo'].flatMap(entry),
        ...[`/hub/open?to=${to}`, `/hub/open?to=${to}%2F..%2Fgit-pull`, path, exercise, `/hub/tab?to=${to}`],
        ...[`${path}logout`, `/hub/open?to=${encodeURIComponent(`${path}logout`)}`, '/hub/logout?next=/hub/admin'],
        ...[`/hub/window?challenge=${'x'.repeat(43)}&next=/hub/home`, '/hub/login?next=/hub/logout', '/hub/logout'],
        ...[`/hub/restart?to=${to}`, `/hub/at${path}spawn`, '/containerKill/demo/a/7', '/hub/user-redirect/lab'],
        ...['/hub/oauth_callback?code=x&state=y', '/hub/login/local', `/hub/servers/${id}/stop`, '/hub/token'],
      ]
      const before = await belongings()
      // Navigates one window, since to open and close one costs Chromium more, between sites whose processes two others keep alive.
      const [window, ...others] = await Promise.all([1, 2, 3].map(() => browser.context.newPage()))
      if (window === undefined) throw new Error('there is no window')
      await Promise.all([evil.origin, `${hubUrl}/hub/signed-out`].map((url, index) => others[index]?.goto(url)))
      const leaveFor = leaving(window)
      for (const address of all.filter((one) => !one.startsWith('/hub/api'))) {
        await leaveFor(hubUrl + address)
        const now = await belongings()
        assert.deepEqual(
          before.filter((one) => !now.includes(one)),
          [],
          address,
        )
      }
      for (const open of [window, ...others, page]) await open.close()
    })
  }

  /** Stops all animations, so that the test need not be faster than they are. Presses are those of a mouse. */
  async function holdTime(page: Page, button: Locator) {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Animation.enable')
    await devtools.send('Animation.setPlaybackRate', { playbackRate: 0 })
    return {
      async press() {
        const { x = 0, y = 0, width = 0, height = 0 } = (await button.boundingBox()) ?? {}
        await page.mouse.click(x + width / 2, y + height / 2)
      },
      /** Finishes the animations of the button. */
      pass: () => button.evaluate((one) => one.getAnimations().map((animation) => animation.finish())),
    }
  }

  it('starts nothing over by the second half of a double click that another site’s page has got', async () => {
    await browser.context.clearCookies()
    const page = await browser.context.newPage()
    const { user } = await settle(page, () => page.goto(`${hubUrl}/tmplogin?course=demo`).then(() => settled(page)))
    const sessions = () => parts.hub.db('sessions').where({ user })
    const button = page.getByRole('button', { name: 'Start over' })
    const { press, pass } = await holdTime(page, button)
    const posted: string[] = []
    page.on('request', (request) => posted.push(...(request.method() === 'POST' ? [request.url()] : [])))
    evil.show(`<script>onmousedown = () => { location = '${hubUrl}/launch/demo?fresh=1' }</script>`)
    await page.goto(evil.origin)
    await page.mouse.click(50, 50)
    await button.waitFor()
    await page.waitForLoadState('load')
    await press()
    // The window gets the focus, as when a window in front of it closes.
    await pass()
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await press()
    assert.deepEqual([posted, (await sessions()).length], [[], 1])
    await pass()
    await press()
    await settled(page)
    assert.equal((await sessions()).length, 0)
    evil.show('')
    await page.close()
  })

  it('stops nothing by the second half of a double click that another site’s page has got', async () => {
    await browser.context.clearCookies()
    const page = await browser.context.newPage()
    const { id } = await settle(page, () => page.goto(`${hubUrl}/tmplogin?course=demo`).then(() => settled(page)))
    const button = page.getByRole('button', { name: /^Stop/ })
    const { press, pass } = await holdTime(page, button)
    const posted: string[] = []
    page.on('request', (request) => posted.push(...(request.method() === 'POST' ? [request.url()] : [])))
    evil.show(`<script>onmousedown = () => { location = '${hubUrl}/hub/servers/${id}/stop' }</script>`)
    await page.goto(evil.origin)
    await page.mouse.click(50, 50)
    await button.waitFor()
    await page.waitForLoadState('load')
    await press()
    await pass()
    assert.deepEqual(posted, [])
    const stop = page.waitForRequest((request) => request.method() === 'POST')
    await press()
    assert.match((await stop).url(), /\/hub\/servers\/[^/]+\/stop$/)
    evil.show('')
    await page.close()
  })

  it('starts over when a person presses the button, and only then', async () => {
    await browser.context.clearCookies()
    let page = await browser.context.newPage()
    const { user } = await settle(page, () => page.goto(`${hubUrl}/tmplogin?course=demo`).then(() => settled(page)))
    await page.close()
    page = await browser.context.newPage()
    await leaving(page)(`${hubUrl}/launch/demo?fresh=1`)
    await page.getByText('there is no way back to them').waitFor()
    assert.equal((await parts.hub.db('sessions').where({ user })).length, 1)
    await page.getByRole('button', { name: 'Start over' }).click()
    await settled(page)
    assert.equal((await parts.hub.db('sessions').where({ user })).length, 0)
    await page.goBack()
    assert.equal(new URL(page.url()).origin, evil.origin, 'the history keeps none of the pages that would start over')
    const servers = await parts.hub.db('servers').whereNot({ user }).where({ course: 'demo' }).select('run')
    assert.ok(
      servers.every(({ run }) => run === 1),
      'going back has started nothing over',
    )
    await page.close()
  })
})
