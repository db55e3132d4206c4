import assert from 'node:assert/strict'
import { removeExpired } from '../../../hub/db/expiry.ts'
import { addStoredCode } from '../../../hub/db/servers/support-codes.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser } from '../../helpers/test-hub.ts'
import { onSharedHost, openSchool, type School } from '../access/guests/school.ts'

onEachDatabase('the look-up of a support code', (makeDatabase) => {
  let school: School
  afterEach(() => school?.hub.stop())

  const open = async (more = {}) => {
    school = await openSchool(await makeDatabase(), more)
    await addStoredCode(school.hub.db, { server: school.server.id, code: '7KQ4MX', lasts: 7 * 86_400_000 })
  }
  const look = (browser: HttpBrowser, code = '7kq 4mx') => browser.submit('/hub/support', { code })
  const tokenOf = async (browser: HttpBrowser) => {
    const { text } = await browser.submit('/hub/token', { note: 'help', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }
  const ask = (token: string, body: unknown = { code: '7KQ-4MX' }) =>
    createHttpBrowser(school.hub.address).fetch('/hub/api/support', {
      method: 'POST',
      headers: { authorization: `token ${token}`, accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const events = async () =>
    (await school.hub.db('events').where({ kind: 'support-code-looked-up' })).map(({ user, server }) => [user, server])

  it('shows staff of the course what there is to know, says so at home, and notes it', async () => {
    await open()
    const { hub, server } = school
    hub.world.memoryUsed.set(`${server.id}-1`, 300 * 2 ** 20)
    const grace = await school.as('grace')
    assert.match((await grace.navigate('/hub/home')).text, /<a href="\/hub\/support">Support codes<\/a>/)
    assert.match((await grace.navigate('/hub/support')).text, /<label for="code">Support code<\/label>/)
    assert.deepEqual(await events(), [])
    const found = await look(grace)
    assert.equal(found.status, 200)
    assert.match(found.text, /<h1>Support code 7KQ-4MX<\/h1>.*<h2>demo of ann<\/h2>/s)
    for (const [name, value] of [
      ['State', 'running'],
      ['Memory', '300 MB of 2 GB'],
      ['Started', '<time datetime="'],
      ['Server', `<code>${server.id}-1</code>`],
    ])
      assert.ok(found.text.includes(`<dt>${name}</dt><dd>${value}`), name)
    assert.match(found.text, /<a href="\/hub\/course\/demo\?q=ann&#38;state=all">/)
    assert.deepEqual(await events(), [[await school.userId('grace'), server.id]])
    await hub.db('servers').update({ state: 'failed', failure: 'It ran out of memory.', failure_detail: '<b>x</b>' })
    const failed = (await look(grace)).text
    assert.match(failed, /Last failure: It ran out of memory\. .*Reference: <code>\w+-1<\/code>/)
    assert.match(failed, /<pre>&#60;b&#62;x&#60;\/b&#62;<\/pre>/)
    assert.doesNotMatch(failed, /<dt>Memory/)
  })

  it('is for staff of that course and admins alone, also where servers share a host', async () => {
    await open(onSharedHost)
    for (const [name, status] of [
      ['grace', 200],
      ['tina', 200],
      ['root', 200],
      ['otto', 404],
      ['eve', 403],
    ] as const) {
      const browser = await school.as(name)
      assert.equal((await look(browser)).status, status, name)
      const answer = await ask(await tokenOf(browser))
      assert.equal(answer.status, status, name)
      if (status === 404) assert.equal(answer.json().error, 'unknown_code')
    }
    assert.equal((await school.hub.browser().navigate('/hub/support')).status, 302)
    assert.equal((await look(school.ann)).status, 403)
    assert.doesNotMatch((await school.ann.navigate('/hub/home')).text, /support code/)
  })

  it('answers programs with the same, in one shape', async () => {
    await open()
    const { status, ...answer } = await ask(await tokenOf(await school.as('grace')))
    const { until, started, asked, last_activity, activity, ...facts } = answer.json()
    assert.equal(status, 200)
    assert.deepEqual(facts, {
      ...{ code: '7KQ-4MX', course: { name: 'demo', title: 'demo' }, owner: 'ann', server: school.server.id, run: 1 },
      ...{ state: 'ready', image: null, ended: null, ends: null, memory: null, failure: null, troubles: [] },
      page: '/hub/course/demo?q=ann&state=all',
    })
    for (const time of [until, started, asked]) assert.ok(Number.isFinite(Date.parse(time)), time)
    assert.deepEqual([typeof activity, last_activity], ['string', null])
    const token = await tokenOf(await school.as('root'))
    for (const body of [{}, { code: 7 }, { code: '7KQ4MX', more: 1 }, []])
      assert.equal((await ask(token, body)).status, 400, JSON.stringify(body))
  })

  it('finds nothing when the week is over', async () => {
    await open()
    const grace = await school.as('grace')
    await school.hub.db('support_codes').update({ expires: 1000 })
    const { status, text } = await look(grace)
    assert.equal(status, 404)
    assert.match(text, /role="alert">No notebook of your courses has this code/)
    assert.match(text, /value="7kq 4mx"/)
    await removeExpired(school.hub.db)
    assert.equal((await look(grace)).status, 404)
    assert.deepEqual(await events(), [])
  })
})
