import assert from 'node:assert/strict'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { until } from '../../../helpers/until.ts'
import { openSchool, type School } from './school.ts'

onEachDatabase('the past runs of a course', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  const noted = async (rows: Record<string, unknown>[]) => {
    const { id } = school.server
    const now = Date.now()
    for (const [index, row] of rows.entries()) {
      const key = { id: `${id}-${index + 1}`, server: id, course: 'demo', run: index + 1 }
      await school.hub.db('runs').insert({ ...key, how: 'stopped', lasts: false, ended: now - index * 60_000, ...row })
    }
  }

  it('are for staff of the course, and refused to others for every course and none', async () => {
    school = await openSchool(await makeDatabase())
    await noted([{ lines: 'a line of ann' }])
    const answers = new Set<string>()
    for (const [name, isOwn] of [
      ['grace', true],
      ['otto', false],
      ['eve', false],
    ] as const) {
      const browser = await school.as(name)
      const page = await browser.navigate('/hub/course/demo/runs')
      assert.equal(page.status, isOwn ? 200 : 403, name)
      assert.equal(page.text.includes('a line of ann'), isOwn)
      if (name === 'otto')
        assert.doesNotMatch((await browser.navigate('/hub/course/other/runs?ends=all')).text, /\bann\b/)
      if (isOwn) continue
      for (const course of ['demo', 'nowhere'])
        answers.add((await browser.navigate(`/hub/course/${course}/runs`)).text.replace(/next=[^"]*/g, ''))
    }
    assert.equal((await school.ann.navigate('/hub/course/demo/runs')).status, 403)
    assert.ok(answers.size <= 2, 'the header names its user, and nothing else differs')
  })

  it('are told with how each ended, its details and its last lines, the last one first', async () => {
    school = await openSchool(await makeDatabase())
    const [grace, graceRow] = [await school.as('grace'), await school.hub.db('users').where({ name: 'grace' }).first()]
    const failure = 'The notebook’s program ended.'
    await noted([
      { how: 'failed', cause: 'ended', failure, detail: 'exit code 3\n<b>Traceback</b>', lines: '<b>Traceback</b>' },
      { how: 'culled', lines: '', started: Date.now() - 600_000 },
      { by: graceRow.id, reason: 'its course was deleted', started: Date.now() - 600_000 },
    ])
    const { text } = await grace.navigate('/hub/course/demo/runs')
    assert.match(text, /1 to 3 of 3/)
    assert.match(text, /did not start<.*never ready.*stopped when idle<.*9 minutes.*stopped<.*Stopped by grace/s)
    assert.match(text, /<pre>exit code 3<\/pre>\s*<pre>&#60;b&#62;Traceback&#60;\/b&#62;<\/pre>/)
    assert.match(text, /It has printed nothing\..*its course was deleted.*Its last lines could not be read, or/s)
    assert.match((await grace.navigate('/hub/course/demo/runs?ends=never')).text, /1 to 1 of 1/)
    assert.match((await grace.navigate('/hub/course/demo/runs?ends=ready&q=AN')).text, /1 to 2 of 2/)
    assert.match((await grace.navigate('/hub/course/demo/runs?q=zoe')).text, /No past start is like this/)
    const page = await grace.navigate('/hub/course/demo/runs?page=7&cause=ended')
    assert.match(String(page.headers.location), /cause=ended&page=1$/)
  })

  it('that failed are told by reason above the list, each with what to do', async () => {
    school = await openSchool(await makeDatabase())
    const grace = await school.as('grace')
    assert.doesNotMatch((await grace.navigate('/hub/course/demo')).text, /Problems of the last/)
    const memory = { how: 'failed', cause: 'memory', failure: 'The notebook needed more memory.' }
    await noted([
      memory,
      memory,
      { how: 'failed', cause: 'start', failure: 'The image is not there.', lasts: true },
      { how: 'failed', cause: 'gone', failure: 'Long ago.', ended: Date.now() - 8 * 86_400_000 },
    ])
    const { text } = await grace.navigate('/hub/course/demo')
    assert.match(text, /Problems of the last 7 days<.*needed more memory\..*2 times<.*1 learner, last.*limits\.memory/s)
    assert.match(text, /The image is not there\..*Until something is changed, every start ends like this/s)
    assert.match(
      text,
      /href="[^"]*ends=failed&#38;cause=memory[^"]*".*href="http:\/\/hub\.test\/launch\/demo">Try it yourself/s,
    )
    assert.doesNotMatch(text, /Long ago/)
    assert.match((await grace.navigate('/hub/course/demo/runs?ends=failed&cause=memory')).text, /1 to 2 of 2/)
    assert.doesNotMatch((await grace.navigate('/hub/course/demo?q=ann')).text, /Problems of the last/)
  })

  it('that failed tell no account of an LMS above the list, and what a hook has refused is one reason', async () => {
    school = await openSchool(await makeDatabase())
    const [grace, { hub, server }] = [await school.as('grace'), school]
    const account = 'lms:edx:student-4711-xyz'
    const { user } = await hub.db('servers').where({ id: server.id }).first('user')
    await hub.db('users').where({ id: user }).update({ kind: 'learner', name: account, display_name: null })
    const refused = (words: string) => ({ how: 'failed', cause: 'refused', failure: `${words} of ${account}` })
    await noted([
      refused('Quota'),
      refused('Time'),
      refused('Debt'),
      { how: 'failed', cause: 'start', failure: `No room for ${account}.` },
    ])
    const { text } = await grace.navigate('/hub/course/demo')
    assert.match(text, /The start was refused\..*3 times<.*1 learner, last.*No room for Learner \w{6}\./s)
    assert.doesNotMatch(text, /4711|Quota/)
    assert.match((await grace.navigate('/hub/course/demo/runs?cause=refused')).text, /Quota of Learner \w{6}/)
  })

  it('are where staff are led whose own start has failed, and learners are not', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as } = school
    hub.world.behaviour.startError = Object.assign(new Error('The image is not there.'), { name: 'SpawnError' })
    for (const [name, isStaff] of [
      ['grace', true],
      ['ben', false],
    ] as const) {
      const browser = await as(name)
      const launch = await browser.open('/launch/demo')
      assert.equal((await browser.follow(launch)).state, 'failed')
      const { text } = await browser.navigate(`/hub/launches/${launch}`)
      assert.match(
        text,
        isStaff ? /can see why: <a href="\/hub\/course\/demo\/runs\?ends=failed"/ : /Reference: <code>/,
      )
      assert.equal(text.includes('/hub/course/'), isStaff)
    }
    const { text } = await (await as('grace')).navigate('/hub/course/demo/runs?ends=failed')
    assert.match(text, /ben<.*The image is not there\..*It has printed nothing.*grace</s)
  })

  it('are noted when staff stop a notebook, with what it has printed', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, server } = school
    hub.world.behaviour.prints = () => ['Serving at http://127.0.0.1/?token=abc']
    const grace = await school.as('grace')
    await grace.submit(`/hub/course/demo/servers/${server.id}/stop`)
    await until(async () => (await hub.db('servers').where({ id: server.id }).first()).state === 'stopped')
    const { text } = await grace.navigate('/hub/course/demo/runs')
    assert.match(text, /Stopped by grace.*<pre>Serving at http:\/\/127\.0\.0\.1\/\?token=…<\/pre>/s)
  })
})
