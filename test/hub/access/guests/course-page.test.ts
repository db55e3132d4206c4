import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import { listCourseServers } from '../../../../hub/db/servers/course-servers.ts'
import { ago, fullName } from '../../../../hub/views/format.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { lmsUrl } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { enterAsGuest, openSchool, type School } from './school.ts'

onEachDatabase('the page of a course', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  it('is for staff of the course, and refused to others for every course and none', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, as } = school
    const answers = new Map<string, string>()
    for (const [name, own] of [
      ['grace', ['demo']],
      ['tina', ['demo']],
      ['otto', ['other']],
      ['root', ['demo', 'other']],
      ['eve', []],
    ] as const) {
      const browser = await as(name)
      const home = (await browser.navigate('/hub/home')).text
      for (const course of ['demo', 'other', 'nowhere', 'DEMO', '__proto__']) {
        const page = await browser.navigate(`/hub/course/${course}`)
        const isOwn = (own as readonly string[]).includes(course)
        assert.equal(page.status, isOwn ? 200 : 403, `${name} at ${course}`)
        assert.equal(home.includes(`href="/hub/course/${course}"`), isOwn)
        if (!isOwn) answers.set(course, page.text.replace(/next=[^"]*/g, ''))
      }
    }
    assert.equal(new Set(answers.values()).size, 1, 'an unknown course and a foreign one get the same answer')
    assert.equal((await ann.navigate('/hub/course/demo')).status, 403)
    assert.equal((await hub.browser().navigate('/hub/course/demo')).status, 302)
    assert.equal((await hub.browser().navigate('/hub/course/nowhere')).status, 302)
  })

  it('shows each notebook with its owner and its state, and why it failed', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as, server } = school
    const visitor = hub.browser()
    await visitor.enter('/tmplogin?course=demo')
    const grace = await as('grace')
    const page = await grace.navigate('/hub/course/demo')
    assert.match(
      page.text,
      /scope="row"><a href="\/hub\/course\/demo\/learners\/\w+">ann<\/a><\/th>.*?running<\/span> <span class="quiet">started <time [^>]*>just now</s,
    )
    assert.match(page.text, /scope="row"><a [^>]*>Temporary visitor [0-9a-f]{8}<\/a><\/th>/)
    assert.match(page.text, /1 to 2 of 2/)
    assert.match(page.text, /its owner is told/)
    await hub
      .db('servers')
      .where({ id: server.id })
      .update({ state: 'failed', failure: 'It ran out of memory.', failure_detail: '<b>Killed</b>' })
    const failed = (await grace.navigate('/hub/course/demo?state=failed')).text
    assert.match(failed, /It ran out of memory\./)
    assert.match(failed, /<pre>&#60;b&#62;Killed&#60;\/b&#62;<\/pre>/)
    assert.ok(failed.includes(`${server.id}-1`))
    assert.doesNotMatch(failed, /Open as staff|Before that/)
    await hub.db('servers').where({ id: server.id }).update({ state: 'ready', run: 2 })
    const again = (await grace.navigate('/hub/course/demo')).text
    assert.match(again, /Before that: It ran out of memory\./)
    assert.ok(again.includes(`${server.id}-1`))
  })

  it('shows at first what needs attention, and has a way on from an empty list', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as, server } = school
    const grace = await as('grace')
    const page = async (query: string) => (await grace.navigate(`/hub/course/demo${query}`)).text
    await hub.db('servers').where({ id: server.id }).update({ state: 'failed', failure: 'The image is not there.' })
    assert.match(await page(''), /1 to 1 of 1.*>ann<\/a><\/th>.*The image is not there\./s)
    assert.match(await page('?state=running'), /Nothing is running here\. <a href="[^"]*state=all[^"]*">Show all/)
    assert.match(
      await page('?q=zoe'),
      /No owner named like “zoe” has a notebook in this list\. <a href="[^"]*state=all/,
    )
    await hub.db('servers').where({ id: server.id }).update({ state: 'stopped', failure: null })
    assert.match(await page(''), /Nothing is running here, and nothing has stopped after a problem/)
    assert.match(await page('?state=failed'), /Nothing has stopped after a problem/)
    await hub.db('servers').delete()
    assert.match(
      await page('?state=all'),
      /No learner has opened this course yet\. .*<code>http:\/\/hub\.test\/launch\/demo</,
    )
  })

  it('calls a learner of an LMS by a part of the account’s id, finds the notebook by that, and opens it', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as } = school
    await hub.browser().enter('/ipythonExercice/demo/a/7', { referer: `${lmsUrl}/` })
    const { id } = await hub.db('users').where({ name: 'lms:edx:7' }).first()
    const called = `Learner ${id.slice(0, 6)}`
    const grace = await as('grace')
    const list = await grace.navigate(`/hub/course/demo?q=${encodeURIComponent(called)}`)
    assert.match(list.text, new RegExp(`1 to 1 of 1.*>${called}</a></th>`, 's'))
    const server = await hub.db('servers').where({ user: id }).first()
    assert.ok(list.text.includes(`name="server" value="${server.id}"`))
    assert.equal((await grace.submit('/hub/guests', { server: server.id })).status, 303)
    assert.equal((await grace.submit('/hub/guests', { server: 'nothing' })).status, 403)
    const admin = await (await as('root')).navigate('/hub/admin')
    assert.match(admin.text, />lms:edx:7<\/a><\/th>/)
  })

  it('leads staff into a notebook, whose owner sees at home who has opened it', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, as, server } = school
    assert.doesNotMatch((await ann.navigate('/hub/home')).text, /Opened as staff/)
    for (const name of ['tina', 'grace'])
      assert.equal((await enterAsGuest(hub, await as(name), server.path)).status, 200)
    assert.match((await ann.navigate('/hub/home')).text, /Opened as staff by grace, just now\./)
    await ann.submit(`/hub/servers/${server.id}/stop`)
    assert.match((await ann.navigate('/hub/home')).text, /Opened as staff by grace/, 'the note stays after a stop')
  })

  it('stops only notebooks of this course', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as, server, userId } = school
    const otto = await as('otto')
    assert.equal((await otto.submit(`/hub/course/other/servers/${server.id}/stop`)).status, 404)
    assert.equal((await otto.submit(`/hub/course/demo/servers/${server.id}/stop`)).status, 403)
    assert.equal((await hub.db('servers').first('state')).state, 'ready')
    const grace = await as('grace')
    assert.equal((await grace.submit('/hub/course/demo/servers/nothing/stop')).status, 404)
    const question = await grace.navigate(`/hub/course/demo/servers/${server.id}/stop?q=an`)
    assert.match(question.text, /<h1>Stop demo of ann\?<\/h1>.*not saved is lost.*Its owner is not asked/s)
    assert.equal((await otto.navigate(`/hub/course/other/servers/${server.id}/stop`)).status, 404)
    assert.equal((await hub.db('servers').first('state')).state, 'ready', 'a question changes nothing')
    const answer = await grace.submit(`/hub/course/demo/servers/${server.id}/stop?q=an&state=all&page=1&x=y`)
    assert.match(String(answer.headers.location), /^\/hub\/course\/demo\?q=an&state=all&page=1&notice=/)
    const list = await grace.navigate(String(answer.headers.location))
    assert.match(list.text, /<p class="notice" role="status">The notebook of ann is being stopped\.<\/p>/)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    const event = await hub.db('events').where({ kind: 'stopped' }).first()
    assert.equal(event.user, await userId('ann'))
    assert.deepEqual(JSON.parse(event.detail), { by: await userId('grace') })
  })

  it('stops those that are chosen after one question, and only those of this course', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as, server } = school
    const [grace, otto] = [await as('grace'), await as('otto')]
    const chosen = `chosen=${server.id}&chosen=nothing&state=running&sort=name`
    assert.equal((await otto.navigate(`/hub/course/demo/stop?${chosen}`)).status, 403)
    assert.match(String((await otto.navigate(`/hub/course/other/stop?${chosen}`)).headers.location), /notice=/)
    assert.equal((await otto.submit('/hub/course/other/stop', { chosen: server.id })).status, 303)
    const question = (await grace.navigate(`/hub/course/demo/stop?${chosen}`)).text
    assert.match(
      question,
      /<h1>Stop 1 notebook of demo\?<\/h1>.*Of ann\..*not saved is lost.*Their owners are not asked/s,
    )
    assert.equal((await hub.db('servers').first('state')).state, 'ready', 'a question changes nothing')
    const fields = { chosen: `${server.id} nothing`, q: '', state: 'running', page: '1', sort: 'name' }
    const answer = await grace.submit('/hub/course/demo/stop', fields)
    assert.match(String(answer.headers.location), /^\/hub\/course\/demo\?q=&state=running&page=1&sort=name&notice=/)
    assert.match((await grace.navigate(String(answer.headers.location))).text, /1 notebook of demo is being stopped\./)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    for (const query of ['state=all', 'chosen=%00']) {
      const none = await grace.navigate(`/hub/course/demo/stop?${query}`)
      assert.match((await grace.navigate(String(none.headers.location))).text, /First choose running notebooks/, query)
    }
  })

  it('searches and pages through thousands of notebooks', async () => {
    const { db, close } = await openDatabase(await makeDatabase())
    const account = {
      kind: 'person',
      authenticator: 'local',
      state: 'active',
      preview: false,
      created: 0,
      last_launch: 0,
    }
    const users = Array.from({ length: 3000 }, (_, index) => {
      const name = `learner-${String(index).padStart(4, '0')}`
      return { ...account, id: name, name, subject: name, display_name: index === 7 ? '100% Lärm_\\' : null }
    })
    const servers = users.map(({ id }, index) => ({
      ...{
        id,
        user: id,
        course: index % 3 === 0 ? 'other' : 'demo',
        name: 'demo',
        path: `/user/${id}/demo/`,
        label: id,
      },
      ...{ state: index % 2 === 0 ? 'stopped' : 'ready', run: 1, epoch: 1, restart: false, spare: false },
      ...{ revision: 0, since: 0, created: 0, queued: index, started: index, ended: index },
    }))
    try {
      for (let i = 0; i < 3000; i += 30) {
        await db('users').insert(users.slice(i, i + 30))
        await db('servers').insert(servers.slice(i, i + 30))
      }
      const list = (more: object) =>
        listCourseServers(db, {
          course: 'demo',
          state: 'all',
          search: '',
          sort: '-queued',
          offset: 0,
          limit: 50,
          ...more,
        })
      const ids = async (more: object) => (await list(more)).servers.map(({ id }) => id)
      const { total, servers: first } = await list({})
      assert.equal(total, 2000)
      assert.equal(first.length, 50)
      assert.equal(first[0]?.id, 'learner-2999', 'what started last comes first')
      assert.equal(first[0]?.state, 'ready')
      assert.ok((first[0]?.age ?? 0) > 1e12)
      assert.equal((await list({ state: 'running' })).total, 1000)
      assert.equal((await ids({ sort: 'name' }))[0], 'learner-0001')
      assert.equal((await ids({ sort: '-name' }))[0], 'learner-2999')
      assert.equal((await ids({ sort: 'queued' }))[0], 'learner-0001')
      assert.equal((await ids({ sort: '-active', limit: 2000 })).length, 2000)
      assert.deepEqual(await ids({ search: '0007' }), ['learner-0007'])
      assert.deepEqual(await ids({ search: '% L' }), ['learner-0007'])
      assert.deepEqual(await ids({ search: 'rm_\\' }), ['learner-0007'])
      assert.deepEqual(await ids({ search: '%%' }), [])
      assert.deepEqual(await ids({ search: "'; drop table users; --" }), [])
      const all = new Set<string>()
      for (let offset = 0; offset < total; offset += 50) for (const id of await ids({ offset })) all.add(id)
      assert.equal(all.size, 2000)
    } finally {
      await close()
    }
  })

  it('takes any query, and leads from beyond the last page to the last page', async () => {
    school = await openSchool(await makeDatabase())
    const grace = await school.as('grace')
    for (const query of ['page=0', 'page=x', 'page=1&page=2', 'state=odd', `q=${'x'.repeat(200)}`, 'q=%00', 'q=a&q=b'])
      assert.equal((await grace.navigate(`/hub/course/demo?${query}`)).status, 200, query)
    const beyond = await grace.navigate('/hub/course/demo?page=99&state=all&q=an')
    assert.equal(beyond.headers.location, '/hub/course/demo?q=an&state=all&page=1')
  })
})

describe('words of pages', () => {
  it('say how long ago', () => {
    const minute = 60_000
    const cases: [number, string][] = [
      [0, 'just now'],
      [59_999, 'just now'],
      [minute, '1 minute ago'],
      [59.9 * minute, '59 minutes ago'],
      [60 * minute, '1 hour ago'],
      [47.9 * 60 * minute, '47 hours ago'],
      [49 * 60 * minute, '2 days ago'],
    ]
    for (const [milliseconds, words] of cases) assert.equal(ago(milliseconds).plain('en'), words)
  })

  it('name people so that a display name cannot pass for another user', () => {
    const cases = [
      [{ name: 'ann', kind: 'person', displayName: undefined }, 'ann'],
      [{ name: 'ann', kind: 'person', displayName: 'ann' }, 'ann'],
      [{ name: 'eve', kind: 'person', displayName: 'Ann Lee' }, 'Ann Lee (eve)'],
      [{ name: 'lms:edx:7', kind: 'learner', displayName: undefined }, 'Learner k3v9x0'],
      [{ name: 'lms:edx:7', kind: 'learner', displayName: 'Ann' }, 'Ann (Learner k3v9x0)'],
      [
        { name: '0b1c2d3e-0000-4000-8000-000000000000', kind: 'temporary', displayName: 'Ann' },
        'Temporary visitor 0b1c2d3e',
      ],
    ] as const
    for (const [user, words] of cases) assert.equal(String(fullName({ id: 'k3v9x0qp2m7a', ...user })), words)
  })
})
