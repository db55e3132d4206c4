import assert from 'node:assert/strict'
import { removeIdleBlobs } from '../../../hub/db/content/blobs.ts'
import { forgetCopies } from '../../../hub/db/content/copies.ts'
import { thinVersions } from '../../../hub/db/content/versions.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { type Answer, type HttpBrowser, launchPageData, lmsUrl, redeem, type TestHub } from '../../helpers/test-hub.ts'
import { notebook } from '../content/content-world.ts'
import { type CopiesWorld, openCopiesWorld } from '../copies/copies-world.ts'
import { formOf } from '../forms.ts'

const myst = `---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---

# More
`

onEachDatabase('copies of a course’s notebooks', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let copies: CopiesWorld
  let hub: TestHub
  let world: FakeServers
  let browser: HttpBrowser

  beforeEach(async () => {
    const courses = (demo: object) => ({ demo: { ...demo, embed: { ancestors: [lmsUrl] } } })
    const files = { 'week1/intro.ipynb': notebook('Introduction'), 'week1/more.md': myst }
    copies = await openCopiesWorld(cleanup, { database: await makeDatabase(), files, courses })
    ;({ hub, world, browser } = copies)
  })

  /** Follows a link, and returns where the browser goes in the server. */
  const arrive = async (link: string) => placeOf((await browser.enter(link)).ticket)
  async function placeOf(ticket: string): Promise<string> {
    return (await redeem(hub, ticket)).json().to.split('/').slice(4).join('/')
  }
  /** Presses a button that replaces a notebook, as a page without script does, and returns the page at the end. */
  async function press(page: string, about: string): Promise<Answer> {
    const { action, fields } = formOf(page, about)
    const begun = await browser.submit(action, fields)
    assert.equal(begun.status, 303, begun.text)
    return browser.navigate(String(begun.headers.location))
  }
  const push = (title: string) => copies.push({ 'week1/intro.ipynb': notebook(title) })
  const files = () => copies.names()
  const read = (path: string) => copies.read(path)
  const write = (path: string, text: string) => copies.write(path, text)

  it('are made when a link first opens them, byte by byte, with the folders that they need', async () => {
    assert.match(await arrive('/launch/demo/week1/intro.ipynb'), /^_carrel\/desk\/lab\/.*tree\/week1\/intro\.ipynb$/)
    assert.deepEqual(files(), ['week1', 'week1/intro.ipynb'])
    assert.equal(read('week1/intro.ipynb'), notebook('Introduction'))
  })

  it('are found by links that say no ending, and as texts where the course has texts', async () => {
    assert.match(await arrive('/launch/demo/week1/more'), /tree\/week1\/more\.md$/)
    assert.equal(read('week1/more.md'), myst)
  })

  it('stay as the learner has left them, and those made later are of the newest commit', async () => {
    await arrive('/launch/demo/week1/intro.ipynb')
    write('week1/intro.ipynb', 'mine')
    await push('Introduction, again')
    await arrive('/launch/demo/week1/intro.ipynb')
    assert.equal(read('week1/intro.ipynb'), 'mine')
    browser = hub.browser()
    Object.assign(world.behaviour, { files: {}, bytes: {} })
    await arrive('/launch/demo/week1/intro.ipynb')
    assert.equal(read('week1/intro.ipynb'), notebook('Introduction, again'))
    const commits = await hub.db('copies').distinct('commit')
    assert.equal(commits.length, 2)
  })

  it('are not made of what the course does not have, and the learner’s own notebook opens', async () => {
    await browser.enter('/launch/demo/week1/intro.ipynb')
    write('week1/own.ipynb', 'own')
    assert.match(await arrive('/launch/demo/week1/own'), /week1\/own\.ipynb$/)
    const page = await browser.navigate('/launch/demo/week1/none.ipynb')
    assert.equal(page.status, 404)
    assert.equal((await hub.db('copies')).length, 1)
  })

  it('are made in the end when the server or the hub ended while they were written, and leave nothing beside them', async () => {
    let breaks = true
    world.behaviour.beforeChange = ({ method }) => (breaks && method !== 'PUT' ? 500 : undefined)
    const launch = await browser.open('/launch/demo/week1/intro.ipynb')
    await browser.follow(launch)
    const failed = await browser.post(`/hub/launches/${launch}/ticket`)
    assert.deepEqual([failed.status, failed.json().error], [409, 'notebook_not_copied'])
    assert.equal(files().length, 2, 'a draft is left')
    await push('Introduction, again')
    breaks = false
    const { ticket } = (await browser.post(`/hub/launches/${launch}/ticket`)).json()
    assert.match(await placeOf(ticket), /week1\/intro\.ipynb$/)
    assert.deepEqual(files(), ['week1', 'week1/intro.ipynb'])
    assert.equal(read('week1/intro.ipynb'), notebook('Introduction, again'))
  })

  it('are made once when two tabs open them at once', async () => {
    await browser.enter('/launch/demo/week1/more')
    const launches = await Promise.all([1, 2, 3].map(() => browser.open('/launch/demo/week1/intro.ipynb')))
    const tickets = await Promise.all(launches.map((id) => browser.post(`/hub/launches/${id}/ticket`)))
    assert.deepEqual(
      tickets.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.deepEqual(files(), ['week1', 'week1/intro.ipynb', 'week1/more.md'])
  })

  describe('in whose place a link wants a fresh one', () => {
    const fresh = '/launch/demo/week1/intro.ipynb?forcecopy=x'
    const versions = async () => (await browser.navigate('/hub/versions/demo')).text
    beforeEach(async () => {
      await browser.enter('/launch/demo/week1/intro.ipynb')
      write('week1/intro.ipynb', 'mine')
    })

    it('stay until the button of a page is pressed, and are kept as a version, which can be read and put back', async () => {
      const asked = await browser.navigate(fresh)
      assert.match(asked.text, /choice/)
      const page = await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)
      assert.match(page.text, /kept as an earlier version/)
      assert.equal(read('week1/intro.ipynb'), 'mine')
      assert.equal((await press(page.text, 'Take the fresh copy')).status, 200)
      assert.equal(read('week1/intro.ipynb'), notebook('Introduction'))

      const list = await versions()
      const [, number] = /versions\/demo\/(\d+)"/.exec(list) ?? []
      const kept = await browser.fetch(`/hub/versions/demo/${number}`)
      assert.equal(kept.text, 'mine')
      assert.match(String(kept.headers['content-disposition']), /^attachment; filename="intro\.ipynb"/)
      write('week1/intro.ipynb', 'mine, later')
      await press(list, 'Put back')
      assert.equal(read('week1/intro.ipynb'), 'mine')
      assert.equal((await versions()).match(/>Put back/g)?.length, 2)
    })

    it('stay until then also where the server does not run: it starts, and then they are replaced', async () => {
      await copies.stopServer()
      const state = async () => (await hub.db('servers').first('state')).state
      const page = await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)
      assert.deepEqual([await state(), read('week1/intro.ipynb')], ['stopped', 'mine'])
      const begun = await press(page.text, 'Take the fresh copy')
      const { launch = '' } = launchPageData(begun.text)
      await browser.follow(launch)
      assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
      assert.equal(read('week1/intro.ipynb'), notebook('Introduction'))
      assert.deepEqual(await hub.db('versions').pluck('size'), ['mine'.length])
    })

    it('are replaced once, also when the page loads again', async () => {
      const page = await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)
      const end = await press(page.text, 'Take the fresh copy')
      write('week1/intro.ipynb', 'mine, later')
      const [, again = ''] = /data-launch="([^"]+)"/.exec(end.text) ?? []
      assert.equal((await browser.navigate(`/hub/launches/${again}`)).status, 200)
      assert.equal(read('week1/intro.ipynb'), 'mine, later')
    })

    it('have versions that can be deleted, after a question', async () => {
      await press((await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text, 'Take the fresh copy')
      const { number } = await hub.db('versions').first('number')
      assert.match((await browser.navigate(`/hub/versions/demo/${number}/delete`)).text, /cannot be brought back/)
      const stranger = hub.browser()
      await stranger.enter('/launch/demo/week1/intro.ipynb')
      assert.equal((await stranger.submit(`/hub/versions/demo/${number}/delete`)).status, 404)
      const foreign = await browser.submit(
        `/hub/versions/demo/${number}/delete`,
        {},
        { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' },
      )
      assert.equal(foreign.status, 403)
      assert.equal((await hub.db('versions')).length, 1)
      assert.equal((await browser.submit(`/hub/versions/demo/${number}/delete`)).status, 303)
      assert.match(await versions(), /There are no earlier versions/)
    })

    it('are not replaced when their versions would take more than there is room for', async () => {
      const page = (await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text
      await press(page, 'Take the fresh copy')
      await hub.db('versions').update({ size: 200 * 2 ** 20 })
      write('week1/intro.ipynb', 'mine, later')
      const refused = await press(page, 'Take the fresh copy')
      assert.equal(refused.status, 429)
      assert.match(refused.text, /Delete some that you do not need/)
      assert.equal(read('week1/intro.ipynb'), 'mine, later')
    })

    it('stay as they are when they are too large to be kept', async () => {
      const page = (await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text
      write('week1/intro.ipynb', 'x'.repeat(25 * 2 ** 20))
      const refused = await press(page, 'Take the fresh copy')
      assert.equal(refused.status, 409)
      assert.match(refused.text, /more than 20 MB/)
      assert.equal(read('week1/intro.ipynb').length, 25 * 2 ** 20)
    })

    it('come back from a version when the learner has deleted them', async () => {
      await press((await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text, 'Take the fresh copy')
      Object.assign(world.behaviour, { files: {}, bytes: {} })
      await press(await versions(), 'Put back')
      assert.equal(read('week1/intro.ipynb'), 'mine')
    })

    it('are no one else’s to read or to put back', async () => {
      await press((await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text, 'Take the fresh copy')
      const { number } = await hub.db('versions').first('number')
      browser = hub.browser()
      await browser.enter('/launch/demo/week1/intro.ipynb')
      assert.equal((await browser.fetch(`/hub/versions/demo/${number}`)).status, 404)
      assert.doesNotMatch(await versions(), /Put back/)
      assert.equal((await browser.submit(`/hub/versions/demo/${number}/restore`)).status, 404)
      const byLink = { link: '/launch/demo/week1/intro.ipynb', replace: number }
      assert.equal((await browser.post('/hub/launches', byLink)).status, 400)
      assert.equal((await hub.browser().fetch('/hub/versions/demo')).status, 401)
      for (const name of ['constructor', '__proto__', 'third', 'none'])
        assert.equal((await browser.fetch(`/hub/versions/${name}`)).status, 404)
    })

    it('are not touched when what comes is the same, and are as they were when the server refuses', async () => {
      write('week1/intro.ipynb', notebook('Introduction'))
      const page = (await browser.navigate(`/hub/choice?link=${encodeURIComponent(fresh)}`)).text
      await press(page, 'Take the fresh copy')
      assert.equal((await hub.db('versions')).length, 0)
      write('week1/intro.ipynb', 'mine')
      world.behaviour.beforeChange = () => 507
      assert.equal((await press(page, 'Take the fresh copy')).status, 409)
      assert.equal(read('week1/intro.ipynb'), 'mine')
    })
  })

  it('cannot be pushed out of their versions by a program that replaces them again and again', async () => {
    await browser.enter('/launch/demo/week1/intro.ipynb')
    const page = await browser.navigate('/hub/choice?link=%2Flaunch%2Fdemo%2Fweek1%2Fintro.ipynb%3Fforcecopy%3Dx')
    const versions = () => hub.db('versions').orderBy('number')
    for (let at = 0; at < 20; at += 1) {
      write('week1/intro.ipynb', `number ${at}`)
      await press(page.text, 'Take the fresh copy')
    }
    write('week1/intro.ipynb', 'too many')
    assert.equal((await press(page.text, 'Take the fresh copy')).status, 429)
    assert.equal(read('week1/intro.ipynb'), 'too many')
    assert.equal((await versions()).length, 20)

    await thinVersions(hub.db)
    assert.equal((await versions()).length, 20, 'new ones stay')
    const [first, second] = await versions()
    const noon = Math.floor((Date.now() - 3 * 86_400_000) / 86_400_000) * 86_400_000 + 43_200_000
    await hub.db('versions').update({ at: noon })
    await hub
      .db('versions')
      .where({ number: second.number })
      .update({ at: noon + 3600_000 })
    await thinVersions(hub.db)
    const left = await versions()
    assert.deepEqual(
      left.map(({ number }) => number),
      [first.number, second.number],
    )
  })

  it('and their versions keep what they were made of, for as long as their homes or accounts last', async () => {
    await browser.enter('/launch/demo/week1/intro.ipynb')
    await hub.db('notebooks').delete()
    await removeIdleBlobs(hub.db)
    assert.equal(
      await hub
        .db('blobs')
        .whereNull('idle')
        .then((rows) => rows.length),
      1,
    )
    await forgetCopies(hub.db)
    assert.equal((await hub.db('copies')).length, 1)
    await hub.db('copies').update({ holder: 'gone' })
    await forgetCopies(hub.db)
    assert.equal((await hub.db('copies')).length, 0)
  })
})
