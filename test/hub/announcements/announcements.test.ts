import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

onEachDatabase('announcements', (makeDatabase) => {
  let database: string
  let hub: TestHub
  let root: HttpBrowser
  const config = {
    authenticators: [people],
    admins: ['root'],
    courses: { demo: { image: 'demo', title: 'Algebra' }, other: { image: 'other' } },
  }
  beforeEach(async () => {
    database = await makeDatabase()
    hub = await startTestHub({ database, config })
    root = await signIn('root')
  })
  afterEach(() => hub.stop())

  const signIn = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  const said = (text: string) =>
    [...text.matchAll(/<div class="notice announcement[^>]*><p>(.*?)<\/p>/gs)].map(([, line = '']) =>
      line.replace(/<[^>]*>/g, ''),
    )
  const announce = (fields: Record<string, string>, path = '/hub/admin/announcements') =>
    root.submit(path, { level: 'info', ...fields })
  const token = async () => {
    const { text } = await root.submit('/hub/token', { note: 'x', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }

  it('stand on the pages of all people, signed in or not, until they are removed, also at the next hub', async () => {
    assert.equal((await announce({ text: 'Exam week: see https://example.org/exams.', level: 'warning' })).status, 303)
    const ann = await signIn('ann')
    const expected = ['Important: Exam week: see https://example.org/exams.']
    for (const path of ['/hub/home', '/hub/course/nothing'])
      assert.deepEqual(said((await ann.navigate(path)).text), expected)
    assert.deepEqual(said((await hub.browser().navigate('/hub/login')).text), expected)
    await hub.stop()
    hub = await startTestHub({ database, config })
    root = await signIn('root')
    assert.deepEqual(said((await hub.browser().navigate('/hub/login')).text), expected)
    const { text } = await root.navigate('/hub/admin/announcements')
    const [, remove = ''] = /action="(\/hub\/admin\/announcements\/\w+\/remove)"/.exec(text) ?? []
    assert.equal((await root.submit(remove, {})).status, 303)
    assert.deepEqual(said((await hub.browser().navigate('/hub/login')).text), [])
    const kinds = await hub.db('events').whereLike('kind', 'announce%').orderBy('id').pluck('kind')
    assert.deepEqual(kinds, ['announced', 'announcement-removed'])
  })

  it('of a course stand on what opens the course, and nowhere else', async () => {
    await announce({ text: 'Of the site.' })
    await announce({ text: 'Bring your data.' }, '/hub/my-courses/demo/announcements')
    const ann = await signIn('ann')
    const { text } = await ann.navigate('/launch/demo')
    assert.deepEqual(said(text), ['Of the site.', 'Bring your data.'])
    assert.deepEqual(said((await ann.navigate('/launch/other')).text), ['Of the site.'])
    assert.deepEqual(said((await ann.navigate('/hub/home')).text), ['Of the site.'])
  })

  it('stay in the form when they are refused', async () => {
    for (let count = 0; count < 5; count++) await announce({ text: 'Of the site.' })
    const full = await announce({ text: 'One too many.', level: 'warning' })
    assert.equal(full.status, 409)
    assert.match(
      full.text,
      /role="alert">There are 5 already\..*name="text"[^>]*value="One too many\.".*selected>Important/s,
    )
    const late = await announce({ text: 'Too late.', ends: '2020-01-01T00:00' })
    assert.equal(late.status, 400)
    assert.match(late.text, /The end is over already\..*value="Too late\.".*value="2020-01-01T00:00"/s)
  })

  it('begin and end by the clock, and are removed when another one is made after their end', async () => {
    await announce({ text: 'Tomorrow.', begins: '2999-01-01T00:00' })
    await announce({ text: 'Now.', ends: '2999-01-01T00:00' })
    const shown = async () => said((await hub.browser().navigate('/hub/login')).text)
    assert.deepEqual(await shown(), ['Now.'])
    await hub.db('announcements').update({ begins: 1 })
    assert.deepEqual(await shown(), ['Tomorrow.', 'Now.'])
    await hub.db('announcements').where({ text: 'Now.' }).update({ ends: 2 })
    assert.deepEqual(await shown(), ['Tomorrow.'])
    await announce({ text: 'Later.' })
    assert.deepEqual(await hub.db('announcements').orderBy('made').pluck('text'), ['Tomorrow.', 'Later.'])
  })

  it('are made, listed and removed by API, those of a course by its staff', async () => {
    const headers = { authorization: `token ${await token()}`, 'content-type': 'application/json' }
    const call = (method: string, path: string, body?: object) =>
      hub.browser().fetch(`/hub/api${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    for (const path of ['/announcements', '/courses/demo/announcements']) {
      const made = await call('POST', path, { text: 'Hello', level: 'warning', ends: '2999-01-01T01:00:00+01:00' })
      const { id, ...rest } = made.json()
      const told = { level: 'warning', text: 'Hello', begins: null, ends: '2999-01-01T00:00:00.000Z' }
      assert.deepEqual([made.status, rest], [201, told])
      assert.deepEqual((await call('GET', path)).json(), { announcements: [{ id, ...told }] })
      assert.equal((await call('POST', path, { text: 'x', colour: 'red' })).json().error, 'bad_announcement')
      assert.equal((await call('DELETE', `${path}/${id}`)).status, 204)
      assert.equal((await call('DELETE', `${path}/${id}`)).json().error, 'unknown_announcement')
    }
    assert.equal((await call('GET', '/courses/nothing/announcements')).json().error, 'unknown_course')
  })
})
