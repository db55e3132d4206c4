import assert from 'node:assert/strict'
import { once } from 'node:events'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { createFakeImages } from '../../helpers/fakes/fake-images.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

describe('the pages of builds', () => {
  let database: TestDatabase
  let world: FakeServers
  let builds: FakeBuilds
  let hub: TestHub

  beforeEach(async () => {
    database = await sqliteDatabase()
    builds = createFakeBuilds()
    world = createFakeServers({}, createFakeImages())
    const { git, builder } = fakeBuilds(builds)
    const images = { python: { git: 'https://git.example.org/python', ref: 'main', folder: 'part' } }
    hub = await startTestHub({
      ...{ database: database.url, world, git },
      config: {
        ...{ authenticators: visitorsAndPeople(), admins: ['root'], builds: { images, builder } },
        courses: { demo: { image: '@python', title: 'Demo', staff: ['grace'] } },
        ...{ servers: { url: 'https://*.nb.test' }, hub: { url: 'https://hub.test', port: 0 } },
      },
    })
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
    await database.remove()
  })

  const own = { origin: 'https://hub.test' }
  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' }, own)
    return browser
  }
  const state = async () => (await hub.db('jobs').orderBy('id', 'desc').first('state'))?.state

  it('have the button that builds, show how that goes without script, and the way to cancel it', async () => {
    builds.midway = new Promise(() => undefined)
    const grace = await as('grace')
    assert.match(
      (await grace.navigate('/hub/images')).text,
      /It was not built yet\.<\/strong> <a href="\/hub\/builds\/python">/,
    )
    const before = await grace.navigate('/hub/builds/python')
    assert.match(before.text, /python<\/code>, <code>main<\/code>, folder <code>part<\/code>, for Demo\./)
    assert.match(before.text, /No one has asked for it yet\./)
    const begun = once(builds.events, 'building')
    const pressed = await grace.submit('/hub/builds/python', {}, own)
    assert.equal(pressed.status, 303)
    await begun
    await until(async () => /Building python:/.test((await grace.navigate('/hub/builds/python')).text))
    const during = (await grace.navigate(String(pressed.headers.location))).text
    assert.match(during, /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/)
    assert.match(during, /role="status" aria-live="polite">It is being built\./)
    assert.match(during, /The build begins\./)
    assert.match(during, /data-events="\/hub\/builds\/python\/events\?after=1\.\d+"/)
    assert.equal((await grace.submit('/hub/builds/python/cancel', {}, own)).status, 303)
    await until(async () => (await state()) === 'failed')
    const after = (await grace.navigate('/hub/builds/python')).text
    assert.match(after, /It could not be built\./)
    assert.match(after, /class="notice">The build was cancelled\./)
    assert.doesNotMatch(after, /http-equiv/)
    assert.match((await grace.navigate('/hub/course/demo')).text, /\/hub\/builds\/python/)
  })

  it('go on with the events after what the page shows', async () => {
    const grace = await as('grace')
    await grace.submit('/hub/builds/python', {}, own)
    await until(async () => (await state()) === 'built')
    const [first, ...rest] = await hub.db('logs').orderBy('part')
    const { text } = await grace.navigate('/hub/builds/python/events?after=1.1')
    assert.ok(!text.includes(JSON.stringify(first.text).slice(1, -1)))
    for (const { text: part } of rest) assert.ok(text.includes(JSON.stringify(part).slice(1, -1)))
    assert.equal((await grace.navigate('/hub/builds/python/events', { 'last-event-id': '1.end' })).status, 204)
  })

  it('of a course that is opened meanwhile load anew without script, and lead to the notebook', async () => {
    let proceed = () => {}
    builds.midway = new Promise<void>((resolve) => (proceed = resolve))
    const ann = await as('ann')
    const begun = once(builds.events, 'building')
    const first = await ann.navigate('/launch/demo')
    assert.equal(first.status, 503)
    assert.match(first.text, /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/)
    assert.match(first.text, /data-waits="build"/)
    assert.match(first.text, /being put together/)
    await begun
    const form = await ann.submit('/hub/launches', { link: '/launch/demo' }, own)
    assert.deepEqual([form.status, form.headers.location], [303, '/launch/demo'])
    proceed()
    await until(async () => (await state()) === 'built')
    assert.equal((await ann.navigate('/launch/demo')).status, 200)
  })

  it('tell staff of the course why it cannot be opened', async () => {
    builds.buildError = Object.assign(new Error('Step 2 <failed>.'), { name: 'BuildError' })
    const grace = await as('grace')
    await grace.navigate('/launch/demo')
    await until(async () => (await state()) === 'failed')
    const { status, text } = await grace.navigate('/launch/demo')
    assert.equal(status, 424)
    assert.match(text, /Step 2 &#60;failed&#62;\./)
    assert.match(text, /href="\/hub\/builds\/python"/)
  })
})
