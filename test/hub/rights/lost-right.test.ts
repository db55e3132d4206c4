import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { openCourses } from '../../../hub/courses/courses.ts'
import { storeCourses } from '../../../hub/rights/stored-courses.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers, slowSpawner } from '../../helpers/fake-spawners.ts'
import {
  createHttpBrowser,
  type HttpBrowser,
  lookInto,
  secrets,
  startTestHub,
  type TestHub,
  testConfig,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import {
  enterAsGuest,
  guestsAt,
  openAsGuest,
  openSchool,
  ownHosts,
  type School,
  share,
} from '../access/guests/school.ts'
import { openParts } from '../parts.ts'
import { people } from '../people.ts'

const past = '2020-01-06T08:00Z'

onEachDatabase('a right that is lost', (makeDatabase) => {
  const stops: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })
  const newWorld = () => {
    const world = createFakeServers()
    stops.push(() => world.close())
    return world
  }
  const config = (demo: object, more: Partial<ConfigInput> = {}): Partial<ConfigInput> => ({
    authenticators: [people],
    limits: { startsAtOnce: 1 },
    courses: { demo: { image: 'demo', ...demo }, first: { image: 'first' } },
    ...more,
  })

  /** Starts a hub in which ben's server of demo waits in the queue behind one that does not become ready; stops the hub. */
  async function waitInQueue(database: string, world: FakeServers) {
    const begun = Promise.withResolvers<void>()
    const hub = await startTestHub({
      database,
      world,
      config: config({}, { spawner: slowSpawner(world, begun.promise) }),
    })
    const browsers = [hub.browser(), hub.browser()] as const
    for (const [index, browser] of browsers.entries())
      await browser.submit('/hub/login/local', { username: ['ann', 'ben'][index] ?? '', password: 'right' })
    const made = new Promise((resolve) => world.events.once('made', resolve))
    await browsers[0].open('/launch/first')
    await made
    const launch = await browsers[1].open('/launch/demo')
    assert.equal((await hub.db('servers').where({ course: 'demo' }).first('state')).state, 'queued')
    await hub.stop()
    begun.resolve()
    return { launch, jar: browsers[1].jar }
  }

  /** Does what a hub with this course does when it starts, and ends it. */
  async function knowCourse(database: string, demo: object) {
    const parts = await openParts(database)
    try {
      await storeCourses({
        ...parts.hub,
        courses: await openCourses({ config: testConfig({}, parts.world, config(demo)), db: parts.hub.db }),
      })
    } finally {
      await parts.stop()
    }
  }

  for (const [what, demo, state, made] of [
    ['may still be opened', {}, 'ready', 2],
    ['has closed meanwhile', { closes: past }, 'failed', 1],
    ['has lost its user meanwhile', { open: ['ann'] }, 'failed', 1],
    ['has got rules that this version does not know', undefined, 'failed', 1],
  ] as const) {
    it(`is seen by a hub whose config does not know the course, which ${what} by another hub’s word`, async () => {
      const [database, world] = [await makeDatabase(), newWorld()]
      const { launch, jar } = await waitInQueue(database, world)
      if (demo !== undefined) await knowCourse(database, demo)
      else {
        const db = lookInto(database)
        const definition = JSON.stringify({ open: ['everyone'], staff: [], campus: 'north' })
        await db('courses').where({ slug: 'demo' }).update({ definition })
        await db.destroy()
      }
      const courses = { first: { image: 'first' } }
      const hub: TestHub = await startTestHub({ database, world, config: config({}, { courses }) })
      stops.push(() => hub.stop())
      const browser = createHttpBrowser(hub.address)
      for (const [name, value] of jar) browser.jar.set(name, value)
      const last = await browser.follow(launch)
      assert.equal(last.state, state)
      if (state === 'failed') assert.match(last.message, /^The course was not open to you when it was your turn\. /)
      assert.equal(world.made.length, made)
    })
  }

  for (const [what, demo, expected] of [
    ['its course closes', { closes: past }, /demo closed on 2020-01-06 08:00 UTC/],
    ['its user leaves the list', { open: ['ann'] }, /demo is not open to you/],
  ] as const) {
    it(`ends a launch that waits in the queue while ${what}`, async () => {
      const [database, world] = [await makeDatabase(), newWorld()]
      const { launch, jar } = await waitInQueue(database, world)
      const hub: TestHub = await startTestHub({ database, world, config: config(demo) })
      stops.push(() => hub.stop())
      const browser = createHttpBrowser(hub.address)
      for (const [name, value] of jar) browser.jar.set(name, value)
      const { state, message } = await browser.follow(launch)
      assert.equal(state, 'failed')
      assert.match(message, /^The course was not open to you when it was your turn\. /)
      assert.match(message, expected)
      assert.doesNotMatch(message, /reference|[Tt]ry again/)
      // The page of the launch ends before the server is at rest.
      const ended = 'stopped after a problem</span></p>\n<p>The course was not open to you when it was your turn.'
      await until(async () => (await browser.navigate('/hub/home')).text.includes(ended))
      assert.equal(world.made.length, 1, 'only the other server was made')
    })
  }

  it('leaves a server that runs, refuses its restart, and starts it no more', async () => {
    const [database, world] = [await makeDatabase(), newWorld()]
    const before = await openSchool(database, {}, { world })
    const { path } = before.server
    await before.hub.stop()
    const { hub, ann } = await goOn(database, world, before.ann, { closes: past })
    const restart = await ann.post('/hub/launches', { link: `/hub/restart?to=${path}lab`, confirmed: true })
    assert.equal(restart.json().error, 'course_closed')
    assert.equal((await hub.db('servers').first('state')).state, 'ready')
    const home = (await ann.navigate('/hub/home')).text
    assert.match(home, /demo closed on .* A tab in which your notebook is open goes on for now\./)
    assert.match(home, />Stop</)
    assert.doesNotMatch(home, /href="\/launch\/demo"|Restart/)
    assert.equal(world.made.length, 1)
  })

  /** Starts a hub in place of the one in which ann has opened demo. Returns it, and her browser. */
  async function goOn(database: string, world: FakeServers, { jar }: HttpBrowser, demo: object) {
    const courses = { demo: { image: 'demo', ...demo } }
    const hub = await startTestHub({ database, world, config: { authenticators: [people], courses } })
    stops.push(() => hub.stop())
    const ann = createHttpBrowser(hub.address)
    for (const [name, value] of jar) ann.jar.set(name, value)
    return { hub, ann }
  }

  it('takes nothing away by a button of a page from before: what it would open is closed', async () => {
    const [database, world] = [await makeDatabase(), newWorld()]
    const before = await openSchool(database, {}, { world })
    await before.hub.stop()
    const { hub, ann } = await goOn(database, world, before.ann, { closes: past })
    for (const link of ['/launch/demo?forcecopy=1', '/launch/demo'])
      assert.equal((await ann.submit('/hub/choice', { link, stop: 'demo' })).status, 403)
    assert.equal((await hub.db('servers').first('state')).state, 'ready')
  })

  it('holds for tokens: who has lost the right does not come in by a program', async () => {
    const [database, world] = [await makeDatabase(), newWorld()]
    const before = await openSchool(database, {}, { world })
    const page = await before.ann.submit('/hub/token', { note: 'x', days: '1' })
    const [token] = /carrel-user-[\w-]{43}/.exec(page.text) ?? []
    await before.hub.stop()
    for (const [demo, expected] of [
      [{ closes: past }, 200],
      [{ open: ['ben'] }, 404],
      [{ open: ['ben'], staff: ['ann'] }, 200],
    ] as const) {
      const { hub } = await goOn(database, world, before.ann, demo)
      const answer = await hub.browser().fetch('/hub/api/admissions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `token ${secrets.proxyToken}` },
        body: JSON.stringify({ token, server: before.server.id, run: 1 }),
      })
      assert.equal(answer.status, expected, JSON.stringify(demo))
      await hub.stop()
      stops.pop()
    }
  })

  it('keeps invited guests out of a course that has closed, and not its staff', async () => {
    const closed = { image: 'demo', closes: past, share: true, staff: ['grace'] }
    const [database, world] = [await makeDatabase(), newWorld()]
    const before = await openSchool(database, {}, { world })
    await share(before.ann, 'user', 'carl')
    await before.hub.stop()
    const config = { authenticators: [people], servers: ownHosts, courses: { demo: closed } }
    const hub = await startTestHub({ database, world, config })
    stops.push(() => hub.stop())
    for (const [username, expected] of [
      ['carl', 403],
      ['grace', 200],
    ] as const) {
      const browser = hub.browser()
      await browser.submit('/hub/login/local', { username, password: 'right' })
      assert.equal((await enterAsGuest(hub, browser, before.server.path)).status, expected, username)
    }
  })

  it('holds for guests: who may not open the course may not come by an invitation', async () => {
    const open = ['ann', 'carl']
    const school: School = await openSchool(await makeDatabase(), {
      authenticators: [people],
      courses: { demo: { image: 'demo', open, share: true, staff: ['grace'] } },
    })
    stops.push(() => school.hub.stop())
    const { ann, hub, as, server } = school
    for (const name of ['carl', 'eve', 'grace']) await share(ann, 'user', name)
    const eve = await as('eve')
    assert.equal((await openAsGuest(eve, server.path)).answer.status, 403)
    assert.doesNotMatch((await eve.navigate('/hub/home')).text, /Shared with you|ann/)
    assert.equal((await enterAsGuest(hub, await as('carl'), server.path)).status, 200)
    assert.equal((await enterAsGuest(hub, await as('grace'), server.path)).status, 200)
    assert.equal(guestsAt(hub, server.path).length, 2)
  })
})
