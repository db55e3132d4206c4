import assert from 'node:assert/strict'
import { onSqlite } from '../../../helpers/engines/postgresql.ts'
import { openSchool, type School } from './school.ts'

onSqlite('what staff of a course see of one learner', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  it('is her notebook in this course, with its past starts, and nothing of other courses', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, as, server } = school
    await ann.enter('/launch/other')
    const inOther = await hub.db('servers').where({ course: 'other' }).first('id')
    const ended = { run: 1, how: 'stopped', lasts: false, ended: Date.now() }
    await hub
      .db('runs')
      .insert({ ...ended, id: `${server.id}-1`, server: server.id, course: 'demo', lines: 'a line of demo' })
    await hub
      .db('runs')
      .insert({ ...ended, id: `${inOther.id}-1`, server: inOther.id, course: 'other', lines: 'a line of other' })
    await hub.db('desks').insert({ server: server.id, path: 'week-1.md', run: 1, seen: Date.now() })
    const grace = await as('grace')
    const list = (await grace.navigate('/hub/course/demo')).text
    assert.match(list, /Open now<\/p><p><code>week-1\.md<\/code>/)
    const [, link = ''] = /href="([^"]*\/learners\/\w+)">ann</.exec(list) ?? []
    const { text } = await grace.navigate(link)
    assert.match(text, /<h1>ann in demo<\/h1>.*running<.*week-1\.md.*Open as staff.*Stop.*<pre>a line of demo<\/pre>/s)
    assert.doesNotMatch(text, /a line of other/)
    assert.equal(link, `/hub/course/demo/learners/${server.id}`)
    const older = { ...ended, server: server.id, course: 'demo' }
    for (let run = 2; run <= 21; run++) await hub.db('runs').insert({ ...older, run, id: `${server.id}-${run}` })
    await hub.db('users').where({ name: 'ann' }).update({ display_name: null })
    assert.match((await grace.navigate(link)).text, /The last 20 of 21\. <a href="\/hub\/course\/demo\/runs\?q=ann&/)
  })

  it('is refused to all others, and of those who have nothing in the course nothing is told', async () => {
    school = await openSchool(await makeDatabase())
    const { as, ann, userId, hub } = school
    const { id } = school.server
    const [grace, otto] = [await as('grace'), await as('otto')]
    await otto.enter('/launch/other')
    assert.equal((await ann.navigate(`/hub/course/demo/learners/${id}`)).status, 403)
    assert.equal((await otto.navigate(`/hub/course/demo/learners/${id}`)).status, 403)
    assert.equal((await hub.browser().navigate(`/hub/course/demo/learners/${id}`)).status, 302)
    const inOther = await hub.db('servers').where({ course: 'other' }).first('id')
    const unknown = new Set<string>()
    for (const other of [inOther.id, await userId('ann'), 'nobody', '__proto__', '%00']) {
      const page = await grace.navigate(`/hub/course/demo/learners/${other}`)
      assert.equal(page.status, other === '%00' ? 400 : 404, other)
      if (page.status === 404) unknown.add(page.text.replace(/next=[^"]*|[\w-]{20,}/g, ''))
    }
    assert.equal(unknown.size, 1, 'one of another course and one that does not exist get the same answer')
  })
})
