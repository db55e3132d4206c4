import assert from 'node:assert/strict'
import { definitionOfFields, fieldOf, fieldsOf } from '../../../hub/views/courses/fields.ts'
import { listedNotebooks } from '../../../hub/views/courses/notebook-list.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { type ContentWorld, lastPull, notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { type MakersHub, startMakersHub } from './makers.ts'

onEachDatabase('the pages of the content of courses', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let held: Promise<void> | undefined
  let hub: MakersHub
  const address = '/hub/my-courses/demo'

  beforeEach(async () => {
    held = undefined
    world = await openContentWorld(cleanup, {
      async answer() {
        await held
        return false
      },
    })
  })

  async function start(): Promise<MakersHub> {
    const { git, courses } = world.config
    const demo = { image: 'stats', ...courses.demo, staff: ['grace'], contact: 'Ann' }
    hub = await startMakersHub({ database: await makeDatabase(), config: { git, courses: { demo } } })
    cleanup.defer(() => hub.stop())
    return hub
  }

  const grace = async () => (await hub.maker('grace')).browser

  it('tell its staff which commit it has, what is to be mended, and the links of each notebook', async () => {
    const commit = await world.course.commit({ 'week1/intro.ipynb': notebook('<b>'), 'b.ipynb': '{' })
    await start()
    await pullEnded(hub)
    const page = await (await grace()).navigate(`${address}/content`)
    assert.equal(page.status, 200, page.text)
    assert.match(page.text, new RegExp(`commit <code>${commit.slice(0, 12)}</code> of <time`))
    assert.match(page.text, /2 notebooks, /)
    assert.match(page.text, /To be mended in the repository<\/h2><ul><li><code>b\.ipynb<\/code>: cannot be read/)
    assert.match(page.text, /<p id="state"[^>]*>It has been fetched\./)
    const list = await (await grace()).navigate(`${address}/notebooks?q=INTRO`)
    assert.match(list.text, /<a href="http:\/\/hub\.test\/launch\/demo\/week1\/intro\.ipynb">&#60;b&#62;<\/a>/)
    assert.match(list.text, /value="http:\/\/hub\.test\/ipythonExercice\/demo\/week1\/intro\/%%USER_ID%%"/)
    assert.match(list.text, /1 notebook\./)
    const mine = await (await grace()).navigate('/hub/my-courses')
    assert.match(mine.text, /Its settings stand in the config file.*Content of demo<\/a>/s)
    assert.doesNotMatch(mine.text, /Make a course/)
  })

  it('are for no one else, whether or not the course has content', async () => {
    await world.course.commit({ 'a.ipynb': notebook('A') })
    await start()
    await pullEnded(hub)
    const { browser } = await hub.maker('ann')
    for (const [method, path] of [
      ['GET', '/demo/content'],
      ['GET', '/demo/notebooks'],
      ['GET', '/demo/pull/events'],
      ['GET', '/none/content'],
      ['POST', '/demo/pull'],
      ['POST', '/demo/pull/cancel'],
    ] as const) {
      const answer =
        method === 'GET'
          ? await browser.navigate(`/hub/my-courses${path}`)
          : await browser.submit(`/hub/my-courses${path}`, {})
      assert.equal(answer.status, 403, `${method} ${path}`)
      assert.match(answer.text, /The content of a course is for the people who look after it/)
    }
    const foreign = await (await grace()).submit(`${address}/pull`, {}, { 'sec-fetch-site': 'cross-site' })
    assert.equal(foreign.status, 403)
    assert.deepEqual(await hub.db('events').where({ kind: 'content-pull-asked' }), [])
  })

  it('have a button that fetches what is new, show how that goes without script, and a way to cancel it', async () => {
    await world.course.commit({ 'a.ipynb': notebook('A') })
    await start()
    const first = await pullEnded(hub)
    const second = await world.course.commit({ 'b.ipynb': notebook('B') })
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    const browser = await grace()
    const asked = await browser.submit(`${address}/pull`, {})
    assert.equal(asked.status, 303)
    await until(async () => (await lastPull(hub.db))?.state === 'fetching')
    const busy = await browser.navigate(`${address}/content`)
    assert.match(busy.text, /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/)
    assert.match(busy.text, /It is being fetched\..*action="\/hub\/my-courses\/demo\/pull\/cancel"/s)
    assert.match(busy.text, /data-events="\/hub\/my-courses\/demo\/pull\/events\?after=\d+\.\d+"/)
    const cancelled = await browser.submit(`${address}/pull/cancel`, {})
    assert.equal(cancelled.status, 303)
    const ended = await pullEnded(hub, first.id)
    assert.equal(ended.state, 'failed')
    const none = await browser.submit(`${address}/pull/cancel`, {})
    assert.match((await browser.navigate(String(none.headers.location))).text, /is not being fetched/)
    gate.resolve()
    held = undefined
    await browser.submit(`${address}/pull`, {})
    await pullEnded(hub, ended.id)
    assert.match((await browser.navigate(`${address}/content`)).text, new RegExp(second.slice(0, 12)))
  })

  it('say why a repository was refused, to staff only; learners read what they can do', async () => {
    await world.course.git('config', 'http.uploadpack', 'false')
    await start()
    const { problem = '' } = await pullEnded(hub)
    const staff = await (await grace()).navigate(`${address}/content`)
    assert.match(staff.text, /Nothing of it is here yet\./)
    assert.match(staff.text, /The last try has failed\. /)
    assert.ok(staff.text.includes(problem.slice(0, 30)), staff.text)
    assert.match((await (await grace()).navigate('/hub/my-courses')).text, /Its repository cannot be fetched\./)
    const visitor = await hub.browser().navigate('/hub/courses')
    assert.match(visitor.text, /Its notebooks are on their way\./)
    assert.doesNotMatch(visitor.text, /git|127\.0\.0\.1|repository/)
  })

  it('belong to a course that a teacher makes, whose form takes a repository and loses none of it', async () => {
    await world.course.commit({ 'a.ipynb': notebook('A') })
    await start()
    const { browser } = await hub.maker('ann')
    const form = { name: 'Own', image: 'stats:3', git: world.url, ref: 'no such', pullMinutes: '60', copies: 'all' }
    const refused = await browser.submit('/hub/my-courses', form)
    assert.equal(refused.status, 400)
    assert.match(refused.text, /id="ref-problem"/)
    assert.ok(refused.text.includes(`value="${world.url}"`) && refused.text.includes('value="no such"'))
    assert.match(refused.text, /<option value="60" selected>/)
    const made = await browser.submit('/hub/my-courses', { ...form, ref: '' })
    assert.equal(made.status, 303, made.text)
    const { definition } = (await (await hub.maker('ann')).ask('GET', '/own')).json()
    assert.deepEqual(definition.content, { git: world.url, pullMinutes: 60, copies: 'all' })
    await pullEnded(hub, 0, 'own')
    const page = await browser.navigate('/hub/my-courses/own')
    assert.match(page.text, /<h2>Content<\/h2><p>Commit <code>.*href="\/hub\/my-courses\/own\/content"/s)
    const archived = await browser.submit('/hub/my-courses/own/archive', { version: '1' })
    assert.equal(archived.status, 303)
    const content = await browser.navigate('/hub/my-courses/own/content')
    assert.match(content.text, /It is not asked while the course opens to no one\./)
    assert.doesNotMatch(content.text, /Fetch what is new/)
  })
})

describe('the fields of content', () => {
  const content = { git: 'https://git.example.org/x', ref: 'main', pullMinutes: false, copies: 'none' }

  it('say what the definition says, and nothing where there is no repository', () => {
    const fields = fieldsOf({ image: '', content })
    assert.deepEqual(
      [fields.git, fields.ref, fields.pullMinutes, fields.copies],
      [content.git, 'main', 'false', 'none'],
    )
    assert.deepEqual(definitionOfFields(fields), { image: '', content })
    const none = { ...fields, git: '', ref: '' }
    assert.deepEqual(definitionOfFields(none, { image: '', content }), { image: '' })
    assert.deepEqual(definitionOfFields({ ...fields, pullMinutes: '60' }), {
      image: '',
      content: { ...content, pullMinutes: 60 },
    })
    assert.equal(fieldOf(['content', 'ref'], fields), 'ref')
  })
})

describe('the list of notebooks', () => {
  const index = Array.from({ length: 250 }, (_, at) => ({
    ...{ path: `week${at % 2}/n${String(at).padStart(3, '0')}.ipynb`, title: `Number ${at}` },
    ...{ blob: '', digest: '', bytes: 1, version: '1.0', kernel: 'python3', format: 'ipynb' },
  }))
  const tracks = [
    {
      ...{ id: 'short', name: 'Short', description: '' },
      sections: [{ name: 'All', notebooks: ['week1/n003.ipynb', 'gone.ipynb', 'week0/n002.ipynb'] }],
    },
  ]
  const listed = (asked: object) => listedNotebooks(index, tracks, { q: '', page: 1, track: '', ...asked })

  it('has a hundred a page, by folders, and the last page for one beyond', () => {
    const { notebooks, page, pages, count } = listed({ page: 9 })
    assert.deepEqual([page, pages, count, notebooks.length], [3, 3, 250, 50])
    assert.deepEqual(listed({}).notebooks[0]?.section, 'week0')
  })

  it('has those of a track in its order, without those that are gone, and those that are looked for', () => {
    assert.deepEqual(
      listed({ track: 'short' }).notebooks.map(({ path, section }) => [path, section]),
      [
        ['week1/n003.ipynb', 'All'],
        ['week0/n002.ipynb', 'All'],
      ],
    )
    assert.equal(listed({ q: 'number 24' }).count, 11)
    assert.equal(listed({ track: 'none' }).count, 250)
  })
})
