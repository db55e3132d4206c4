import assert from 'node:assert/strict'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import { createFakeServers, type FakeServers, forgetfulSpawner, quickSpawner } from '../../helpers/fake-spawners.ts'
import {
  countRows,
  type HttpBrowser,
  launchPageData,
  lmsUrl,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const exercise = '/notebookLazyCopy/Python/week%201/a.ipynb/ann'
const copy = `${exercise}?forcecopy=true`
const fromLms = { framed: true, referer: `${lmsUrl}/` }
const choice = (link: string) => `/hub/choice?link=${encodeURIComponent(link)}`

describe('a link that needs a choice', () => {
  let world: FakeServers
  let hub: TestHub
  let browser: HttpBrowser
  const start = async (spawner: SpawnerPlugin) => {
    hub = await startTestHub({ world, config: { spawner, limits: { serversPerUser: 3 } } })
    browser = hub.browser()
  }
  beforeEach(async () => {
    world = createFakeServers()
    await start(forgetfulSpawner(world))
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const serverOf = (course: string) => hub.db('servers').where({ course }).first()

  describe('for a fresh copy', () => {
    it('opens like any other where nothing of the learner would be replaced', async () => {
      await browser.enter(copy, fromLms)
      assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 1 })
      const { id } = await serverOf('python')
      await browser.submit(`/hub/servers/${id}/stop`)
      await until(async () => (await serverOf('python')).state === 'stopped')
      assert.notEqual(launchPageData((await browser.navigate(copy)).text).launch, '')
    })

    it('does nothing to a running server, and leads to a page that says what is lost', async () => {
      await browser.enter(exercise, fromLms)
      for (const link of [copy, `${exercise}?%66orcecopy=1`, '/launch/python/b.ipynb?forcecopy=x']) {
        const answer = await browser.navigate(link)
        assert.deepEqual([answer.status, answer.headers.location], [303, choice(link)], link)
        const page = await browser.navigate(choice(link))
        assert.equal(page.status, 200)
        assert.match(page.text, /asks for a fresh copy/)
        assert.match(page.text, /everything that you have written in Python for all is deleted/)
        assert.match(page.text, /<button[^>]*>Delete everything and start over<\/button>/)
        assert.match(page.text, /<button>Keep my files and open them<\/button>/)
        const kept = /name="link" value="([^"]*)"><input type="hidden" name="framed"/.exec(page.text)?.[1]
        assert.ok(kept !== undefined && !kept.includes('forcecopy'))
      }
      assert.deepEqual(world.stops, [])
      assert.match(
        String((await browser.navigate(choice(copy))).headers['content-security-policy']),
        new RegExp(lmsUrl),
      )
    })

    it('tells the script of a page that has just signed the learner in', async () => {
      await browser.enter(exercise, fromLms)
      const other = hub.browser()
      const { proof } = launchPageData((await other.navigate(copy, { referer: `${lmsUrl}/` })).text)
      other.setNonce()
      const answer = await other.post('/hub/launches', { link: copy, proof, framed: true })
      assert.deepEqual([answer.status, answer.json().error, answer.json().page], [409, 'fresh_copy', choice(copy)])
      // The session is kept, so that the page knows whose files it speaks of.
      assert.match((await other.navigate(choice(copy))).text, /is deleted/)
      assert.deepEqual(world.stops, [])
    })

    it('is asked also of a person who has just confirmed to leave another account', async () => {
      await browser.enter(exercise, fromLms)
      const visitor = hub.browser()
      await visitor.enter('/launch/demo')
      const { proof } = launchPageData((await visitor.navigate(copy, { referer: `${lmsUrl}/` })).text)
      const answer = await visitor.post('/hub/launches', { link: copy, proof, framed: true, confirmed: true })
      assert.equal(answer.json().error, 'fresh_copy')
      assert.deepEqual(world.stops, [])
    })

    it('starts the server over at the press of the button, and at nothing else', async () => {
      await browser.enter(exercise, fromLms)
      const { id } = await serverOf('python')
      const fields = { link: copy, stop: 'python' }
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])
        assert.equal((await browser.submit('/hub/choice', fields, headers)).status, 403)
      assert.equal((await hub.browser().submit('/hub/choice', fields)).status, 401)
      assert.deepEqual(world.stops, [])
      const answer = await browser.submit('/hub/choice', fields)
      assert.deepEqual([answer.status, answer.headers.location], [303, exercise])
      const page = await browser.navigate(exercise)
      await browser.follow(launchPageData(page.text).launch)
      assert.deepEqual([world.stops, (await serverOf('python')).run], [[`${id}-1`], 2])
    })

    it('says that it is not possible where files outlive a server, and opens what is there', async () => {
      await hub.stop()
      await start(quickSpawner(world))
      await browser.enter(exercise, fromLms)
      const page = await browser.navigate(choice(copy))
      assert.match(page.text, /this site keeps your files and replaces none of them/)
      assert.doesNotMatch(page.text, /action="\/hub\/choice"|is deleted/)
      assert.match(page.text, /<button>Open what I have<\/button>/)
      const opened = await browser.submit('/hub/launches', { link: exercise, framed: 'true' })
      assert.equal(opened.status, 303)
      assert.deepEqual(world.stops, [])
    })
  })

  describe('for one server more than a temporary user may have', () => {
    const fourth = '/launch/fourth'
    beforeEach(async () => {
      for (const course of ['demo', 'python', 'third']) await browser.enter(`/launch/${course}`)
    })

    it('makes no server, and leads to a page of those that run', async () => {
      const answer = await browser.navigate(fourth)
      assert.deepEqual([answer.status, answer.headers.location], [303, choice(fourth)])
      const posted = await browser.post('/hub/launches', { link: fourth })
      assert.deepEqual(
        [posted.status, posted.json().error, posted.json().page],
        [429, 'too_many_servers', choice(fourth)],
      )
      assert.match(posted.json().message, /You have 3 notebooks open, and 3 is the most at once/)
      const page = await browser.navigate(choice(fourth))
      assert.match(page.text, /You have 3 notebooks open, and 3 is the most at once/)
      assert.match(page.text, /all files in it are deleted/)
      for (const title of ['demo', 'Python for all', 'third'])
        assert.match(page.text, new RegExp(`>Stop<span class="unseen"> ${title}</span>`))
      assert.doesNotMatch(page.text, /http-equiv="refresh"/)
      assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 3 })
    })

    it('goes on by itself once a notebook that the user has stopped has ended', async () => {
      const stopping = Promise.withResolvers<void>()
      world.behaviour.beforeStop = stopping.promise
      const answer = await browser.submit('/hub/choice', { link: fourth, stop: 'third' })
      assert.deepEqual([answer.status, answer.headers.location], [303, choice(fourth)])
      const page = await browser.navigate(choice(fourth))
      assert.match(page.text, /is being stopped/)
      assert.match(page.text, /http-equiv="refresh"/)
      assert.equal((await browser.post('/hub/launches', { link: fourth })).status, 429)
      stopping.resolve()
      await until(async () => (await serverOf('third')).state === 'stopped')
      const next = await browser.navigate(choice(fourth))
      assert.deepEqual([next.status, next.headers.location], [302, fourth])
      await browser.enter(fourth)
    })

    it('opens a notebook that runs', async () => {
      await browser.enter('/launch/demo/b.ipynb')
      assert.equal((await browser.navigate(choice('/launch/demo'))).headers.location, '/launch/demo')
    })

    it('stops no server of another user, and of no other name', async () => {
      const stranger = hub.browser()
      await stranger.enter('/launch/demo')
      for (const stop of ['third', 'nothing', '', '__proto__'])
        assert.equal((await stranger.submit('/hub/choice', { link: fourth, stop })).status, 404, stop)
      assert.deepEqual(world.stops, [])
    })
  })

  it('has a page for entry links only, and sends a browser without a session to the link', async () => {
    assert.equal((await browser.navigate(choice('/launch/demo'))).headers.location, '/launch/demo')
    for (const link of [
      '',
      '/',
      '/hub/logout',
      '//evil.example/launch',
      '/\\evil.example',
      'https://evil.example/launch/a',
      '/launch/demo\n',
    ])
      assert.equal((await browser.navigate(choice(link))).status, 400, link)
  })
})
