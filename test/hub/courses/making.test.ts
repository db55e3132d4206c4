import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { type Maker, type MakersHub, startMakersHub } from './makers.ts'

onEachDatabase('a course that a teacher makes', (makeDatabase) => {
  let hub: MakersHub
  let ann: Maker
  beforeEach(async () => {
    hub = await startMakersHub({ database: await makeDatabase() })
    ann = await hub.maker('ann')
  })
  afterEach(() => hub.stop())

  const stats = { title: 'Statistics', image: 'stats:3' }
  const make = (name = 'Stats', definition: object = stats) => ann.ask('POST', '', { name, definition })

  it('opens at once, with its image and limits', async () => {
    const made = await make()
    assert.equal(made.status, 201, made.text)
    const { name, version, staff, state, made_by } = made.json()
    assert.deepEqual([name, version, staff, state, made_by], ['Stats', 1, ['ann'], 'active', 'ann'])
    const visitor = hub.browser()
    await visitor.enter('/launch/stats')
    const { content } = await hub.db('definitions').whereLike('content', '%startTimeout%').first('content')
    const { image, limits } = JSON.parse(content)
    assert.deepEqual([image, limits.cpu, limits.memory], ['stats:3', 2, 2 * 2 ** 30])
  })

  it('is changed by places, as a whole, and never from an older version', async () => {
    await make()
    const set = await ann.ask('PATCH', '/stats', { set: { 'limits.memory': '3G', title: 'Stats 2' }, version: 1 })
    assert.deepEqual([set.status, set.json().version], [200, 2], set.text)
    assert.deepEqual(set.json().definition, { ...stats, title: 'Stats 2', staff: ['ann'], limits: { memory: '3G' } })
    const late = await ann.ask('PATCH', '/stats', { set: { title: 'Lost' }, version: 1 })
    assert.deepEqual([late.status, late.json().error], [409, 'changed_meanwhile'])
    assert.match(late.json().message, /by ann.*version 2 now/)
    assert.equal((await ann.ask('PUT', '/stats', { definition: stats })).status, 428)
    const whole = await ann.ask('PUT', '/stats', { definition: { ...stats, staff: ['ann'] }, version: 2 })
    assert.equal(whole.json().definition.limits, undefined)
    const out = await ann.ask('PATCH', '/stats', { set: { title: null } })
    assert.equal(out.json().title, 'Stats')
    const { edits } = (await ann.ask('GET', '/stats/edits')).json()
    assert.deepEqual(
      edits.map(({ kind, version, by }: Record<string, unknown>) => [kind, version, by]),
      [
        ['changed', 4, 'ann'],
        ['changed', 3, 'ann'],
        ['changed', 2, 'ann'],
        ['made', 1, 'ann'],
      ],
    )
    assert.equal(edits[2].before.title, 'Statistics')
    const events = await hub.db('events').whereLike('kind', 'course-%').orderBy('id').pluck('kind')
    assert.deepEqual(events, ['course-made', 'course-changed', 'course-changed', 'course-changed'])
  })

  it('goes a week after its deletion, with what was kept and wished in it', async () => {
    await make()
    await hub.browser().enter('/launch/stats')
    await ann.ask('DELETE', '/stats')
    const wish = { account: 'local:x', path: 'a.ipynb', slug: 'demo', asked: 1 }
    const told = { level: 'info', text: 'x', made: 1 }
    for (const course of ['stats', 'demo']) {
      await hub.db('wishes').insert({ ...wish, course })
      await hub.db('announcements').insert({ id: course, course, ...told })
    }
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.equal((await hub.db('runs')).length, 1)
    await hub.db('catalogue').update({ goes: 1 })
    await until(async () => (await hub.db('catalogue')).length === 0)
    assert.deepEqual(await hub.db('runs'), [], 'another course of this name shows nothing of the old one')
    for (const table of ['wishes', 'announcements']) assert.deepEqual(await hub.db(table).pluck('course'), ['demo'])
  })

  it('loses none of two changes at once', async () => {
    await make()
    const tried = await Promise.all(
      ['a', 'b', 'c'].map((title) => ann.ask('PATCH', '/stats', { set: { title }, version: 1 })),
    )
    assert.deepEqual(tried.map(({ status }) => status).sort(), [200, 409, 409])
  })

  it('keeps its links and homes when it gets another name', async () => {
    await make()
    const renamed = await ann.ask('POST', '/stats/rename', { to: 'Statistics-2' })
    assert.deepEqual(
      [renamed.status, renamed.json().name, renamed.json().id],
      [200, 'Statistics-2', 'stats'],
      renamed.text,
    )
    const visitor = hub.browser()
    const page = await visitor.navigate('/launch/Stats')
    assert.equal(page.status, 200)
    assert.match(page.text, /Statistics/)
    // The old name stays its own, and the new one is no other course's.
    assert.equal((await make('stats')).json().error, 'name_taken')
    assert.equal((await make('statistics-2')).json().error, 'name_taken')
    const back = await ann.ask('POST', '/statistics-2/rename', { to: 'stats' })
    assert.equal(back.json().name, 'stats')
  })

  it('gets a name back that it had, with its own notebooks under it and under those of its apps', async () => {
    const rename = (from: string, to: string) => ann.ask('POST', `/${from}/rename`, { to })
    await make('a', { ...stats, apps: { lab: {} } })
    await rename('a', 'b')
    await hub.browser().enter('/launch/b')
    await hub.browser().enter('/launch/b?app=lab')
    await rename('b', 'c')
    const back = await rename('c', 'b')
    assert.deepEqual([back.status, back.json().name], [200, 'b'], back.text)
    assert.equal((await hub.browser().navigate('/launch/c')).status, 200)
  })

  it('gets no name of a variant back under which learners have notebooks of another course', async () => {
    const rename = (from: string, to: string) => ann.ask('POST', `/${from}/rename`, { to })
    await make('a')
    await rename('a', 'b')
    await rename('b', 'c')
    const root = await hub.maker('root')
    for (const name of ['a--lab', 'b--lab']) {
      await root.ask('POST', '', { name, definition: stats })
      await hub.browser().enter(`/launch/${name}`)
      await root.ask('POST', `/${name}/rename`, { to: `other-${name}` })
      await hub.db('aliases').where({ slug: name }).delete()
    }
    assert.equal((await ann.ask('PATCH', '/c', { set: { apps: { lab: {} } } })).status, 200)
    for (const to of ['a', 'b']) {
      const refused = await rename('c', to)
      assert.deepEqual([refused.status, refused.json().error], [409, 'name_in_use'], refused.text)
    }
  })

  it('opens no more once it is archived, with words, and again once it is not', async () => {
    await make()
    assert.equal((await ann.ask('POST', '/stats/archive', {})).json().state, 'archived')
    const refused = await hub.browser().navigate('/launch/stats')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /Statistics is archived: it opens no more/)
    assert.doesNotMatch((await hub.browser().navigate('/')).text, /Statistics/)
    assert.equal((await ann.ask('POST', '/stats/archive', {})).json().error, 'wrong_state')
    await ann.ask('POST', '/stats/unarchive', {})
    assert.equal((await hub.browser().navigate('/launch/stats')).status, 200)
  })

  it('is deleted with its servers, and can be taken back for a week', async () => {
    await make()
    await hub.browser().enter('/launch/stats')
    const { goes } = (await ann.ask('DELETE', '/stats', {})).json()
    assert.ok(Date.parse(goes) > Date.now() + 6 * 86_400_000)
    assert.equal((await hub.browser().navigate('/launch/stats')).status, 404)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.equal((await make('stats')).json().error, 'name_taken')
    assert.equal((await ann.ask('POST', '/stats/restore', {})).json().state, 'archived')
    await ann.ask('DELETE', '/stats', {})
    await hub.db('catalogue').update({ goes: 1 })
    await until(async () => (await hub.db('catalogue').select()).length === 0)
    assert.deepEqual([await hub.db('edits').select(), await hub.db('aliases').select()], [[], []])
    await until(async () => (await ann.ask('GET', '/stats')).status === 404)
    const again = await make()
    assert.deepEqual([again.status, again.json().error], [409, 'name_in_use'])
    assert.match(again.json().message, /^Learners have or had files or notebooks of an earlier course "stats"/)
    const root = await hub.maker('root')
    assert.equal((await root.ask('POST', '', { name: 'Stats', definition: stats })).status, 201)
  })

  it('takes the servers of its variants along when it is deleted, and none of a course whose name begins alike', async () => {
    await make('Stats', { ...stats, apps: { lab: {} } })
    await make('Stats--b')
    await hub.browser().enter('/launch/stats--b')
    await hub.browser().enter('/launch/stats?app=lab')
    // The app is gone already, and the other course cannot be read.
    await ann.ask('PATCH', '/stats', { set: { apps: null } })
    await hub.db('catalogue').where({ slug: 'stats--b' }).update({ definition: 'no JSON', revision: 1000 })
    await ann.ask('DELETE', '/stats', {})
    const stateOf = async (course: string) => (await hub.db('servers').where({ course }).first('state')).state
    await until(async () => (await stateOf('stats--lab')) === 'stopped')
    assert.equal(await stateOf('stats--b'), 'ready')
  })

  it('gets back an app that was taken out, of which learners have notebooks', async () => {
    await make('Stats', { ...stats, apps: { lab: {} } })
    await hub.browser().enter('/launch/stats?app=lab')
    assert.equal((await ann.ask('PATCH', '/stats', { set: { apps: null } })).status, 200)
    assert.equal((await ann.ask('PATCH', '/stats', { set: { title: 'Other' } })).status, 200)
    const back = await ann.ask('PATCH', '/stats', { set: { apps: { lab: {} } } })
    assert.equal(back.status, 200, back.text)
  })

  it('is made by nothing that only tries', async () => {
    const tried = await ann.ask('POST', '', { name: 'Stats', definition: stats, dry_run: true })
    assert.deepEqual([tried.status, tried.json().version], [200, 0])
    assert.deepEqual((await ann.ask('GET', '')).json(), { courses: [], may_make: true })
    await make()
    const changed = await ann.ask('PATCH', '/stats', { set: { title: 'Other' }, dry_run: true })
    assert.equal(changed.json().definition.title, 'Other')
    assert.equal((await ann.ask('GET', '/stats')).json().title, 'Statistics')
  })

  it('takes the image of the list that is called as the course, and else has one named', async () => {
    const own = await make('Statistics', { title: 'S' })
    assert.deepEqual([own.status, own.json().image], [201, 'stats:3'], own.text)
    const unclear = await make('Algebra', { titel: 'A' })
    assert.deepEqual(
      unclear.json().problems.map(({ path }: { path: string[] }) => path),
      [['image'], ['titel']],
      unclear.text,
    )
    assert.match(unclear.json().problems[0].message, /^is missing: name one of "stats:3", "/)
  })

  it('tells each problem at its place', async () => {
    const answer = await make('Stats', { image: 'stats:3', titel: 'x', limits: { memory: '9 apples' } })
    assert.equal(answer.status, 400)
    const { problems } = answer.json()
    assert.deepEqual(problems.map(({ path }: { path: string[] }) => path.join('.')).sort(), ['limits.memory', 'titel'])
    assert.match(answer.json().message, /titel: is not a setting here; did you mean "title"\?/)
  })

  it('is an admin’s to make as the admin likes, and stays so where only the rest is changed', async () => {
    const root = await hub.maker('root')
    const definition = { image: 'big', limits: { memory: '64G' }, staff: ['ann'] }
    assert.equal((await root.ask('POST', '', { name: 'big', definition })).status, 201)
    assert.equal((await ann.ask('PATCH', '/big', { set: { title: 'Big' } })).status, 200)
    const more = await ann.ask('PATCH', '/big', { set: { 'limits.memory': '65G' } })
    assert.match(more.json().message, /^limits.memory: is more than courses may give here, which is 4G/)
  })
})
