import assert from 'node:assert/strict'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import type { HttpBrowser } from '../../helpers/test-hub.ts'
import { openSchool, type School } from '../access/guests/school.ts'
import { addSnapshotFor } from '../desk/shared-copy.ts'

describe('the pages of shared copies', () => {
  const cleanup = cleanupAfterAll()
  let school: School
  let ids: string[]

  before(async () => {
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    school = await openSchool(database.url)
    cleanup.defer(() => school.hub.stop())
  })
  beforeEach(async () => {
    await school.hub.db('snapshots').delete()
    const ann = await school.userId('ann')
    ids = [await addSnapshotFor(school.hub.db, ann, 'a.ipynb'), await addSnapshotFor(school.hub.db, ann, '<b>.ipynb')]
  })
  const linksIn = ({ text }: { text: string }) =>
    [...text.matchAll(/value="(http:\/\/shared-copies\.nb\.test\/_carrel\/snapshots\/([a-z2-7]{20}))"/g)].map(
      ([, , id]) => id,
    )
  const remove = (browser: HttpBrowser, id: string, address = '/hub/snapshots', headers = {}) =>
    browser.submit(`${address}/${id}/delete`, {}, headers)

  it('show a user her own, newest first, and delete one after a question', async () => {
    const list = await school.ann.navigate('/hub/snapshots')
    assert.equal(list.status, 200)
    assert.deepEqual(linksIn(list).sort(), [...ids].sort())
    const once = list.text.match(/ id="copied"|\/copy\.js"|<button [^>]*data-copies=/g)?.sort()
    assert.equal(once?.length, 4, `one line, one script and two buttons: ${once}`)
    assert.match(list.text, /&#60;b&#62;\.ipynb/)
    const [first = '', second = ''] = ids
    const question = await school.ann.navigate(`/hub/snapshots/${first}/delete`)
    assert.match(question.text, /Delete the copy of Hers\?/)
    const done = await remove(school.ann, first)
    const after = await school.ann.navigate(String(done.headers.location))
    assert.match(after.text, /role="status">The copy of Hers is deleted/)
    assert.deepEqual(linksIn(after), [second])
    assert.equal((await remove(school.ann, first)).status, 404)
    assert.match((await school.ann.navigate('/hub/home')).text, /href="\/hub\/snapshots"/)
  })

  it('show staff those of their course, without the names of learners of an LMS, and let them delete some', async () => {
    const grace = await school.as('grace')
    await school.hub.db('users').where({ name: 'ann' }).update({ kind: 'learner' })
    const address = '/hub/course/demo/snapshots'
    try {
      const { text } = await grace.navigate(address)
      assert.match(text, /Shared copies of demo[\s\S]*Learner [a-z2-7]{6}, <code>/)
      assert.doesNotMatch(text, />ann\b/)
    } finally {
      await school.hub.db('users').where({ name: 'ann' }).update({ kind: 'person' })
    }
    assert.match((await grace.navigate('/hub/course/demo')).text, /href="\/hub\/course\/demo\/snapshots"/)
    assert.equal((await remove(grace, ids[0] ?? '', address)).status, 303)
    assert.equal((await remove(await school.as('root'), ids[1] ?? '', address)).status, 303)
    assert.deepEqual(await school.hub.db('snapshots').pluck('id'), [])
  })

  it('are for no one else, and take no button of another site', async () => {
    const [id = ''] = ids
    const otto = await school.as('otto')
    assert.deepEqual(linksIn(await otto.navigate('/hub/snapshots')), [])
    for (const address of ['/hub/course/demo/snapshots', `/hub/course/demo/snapshots/${id}/delete`])
      assert.equal((await otto.navigate(address)).status, 403, address)
    assert.equal((await remove(otto, id)).status, 404)
    // Her own course's page knows nothing of another course.
    assert.equal((await remove(otto, id, '/hub/course/other/snapshots')).status, 404)
    const foreign = { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' }
    assert.equal((await remove(school.ann, id, '/hub/snapshots', foreign)).status, 403)
    assert.equal((await school.ann.navigate(`/hub/snapshots/${id}/delete`)).status, 200)
    assert.equal((await school.hub.db('snapshots')).length, 2)
  })

  it('share a notebook by nbhosting’s links, by a button, for the one who presses it', async () => {
    const { behaviour } = school.hub.world
    const cells = [{ cell_type: 'markdown', metadata: {}, source: '# From the link' }]
    const bytes = Buffer.from(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })).toString(
      'base64',
    )
    Object.assign(behaviour, {
      files: { 'w 1/a.md': 'file', 'w 1/a.ipynb': 'notebook', 'w 1/a\0.ipynb': 'notebook' },
      bytes: { 'w 1/a.ipynb': bytes, 'w 1/a\0.ipynb': bytes },
    })
    const led = await school.ann.navigate('//ipythonShare/Demo//w%201/a.ipynb/somebody-else')
    const page = String(led.headers.location)
    assert.deepEqual([led.status, page], [302, '/hub/snapshots/new?course=Demo&notebook=w+1%2Fa.ipynb'])
    // Only before the verb `hub` is not of the course.
    for (const [link, notebook] of [
      ['/hub/ipythonShare/demo/hub/a/x', 'hub%2Fa.ipynb'],
      ['/ipythonShare/demo/w/hub/hub/hub', 'w%2Fhub%2Fhub.ipynb'],
    ] as const) {
      const { location } = (await school.ann.navigate(link)).headers
      assert.equal(location, `/hub/snapshots/new?course=demo&notebook=${notebook}`, link)
    }
    const script = await school.ann.fetch(page, { headers: { accept: 'application/json' } })
    assert.deepEqual([script.status, Object.keys(script.json())], [200, ['error']])
    assert.match(
      (await school.ann.navigate(page)).text,
      /Share a copy of w 1\/a\.ipynb\?[\s\S]*<option value="30" selected>/,
    )
    assert.equal((await school.hub.db('snapshots')).length, 2)

    const press = (browser: HttpBrowser, headers = {}, notebook = 'w 1/a.ipynb') =>
      browser.submit('/hub/snapshots/new', { course: 'demo', notebook, days: '7' }, headers)
    const foreign = { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' }
    assert.equal((await press(school.ann, foreign)).status, 403)
    assert.equal((await press(await school.as('otto'))).status, 404)
    assert.equal((await press(school.ann, {}, 'w 1/a\0.ipynb')).status, 404)
    const done = await press(school.ann)
    assert.equal(done.status, 303, done.text)
    const list = await school.ann.navigate(String(done.headers.location))
    assert.match(list.text, /A copy of w 1\/a is shared/)
    assert.equal(linksIn(list).length, 3)
    assert.deepEqual(await school.hub.db('snapshots').where({ path: 'w 1/a.ipynb' }).pluck('user'), [
      await school.userId('ann'),
    ])
  })
})
