import assert from 'node:assert/strict'
import {
  missingPostgresql,
  onEachDatabase,
  postgresqlDatabase,
  sqliteDatabase,
} from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { createHttpBrowser, lmsUrl, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { openSchool, type School, schoolConfig } from './guests/school.ts'

onEachDatabase('maintenance', (make) => {
  let school: School
  let hub: TestHub
  beforeEach(async () => {
    school = await openSchool(await make())
    hub = school.hub
  })
  afterEach(() => hub.stop())

  const tokenOf = async (name: string) => {
    const { text } = await (await school.as(name)).submit('/hub/token', { note: 'tests', days: '7' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }
  const call = (token: string, method: string, body?: object, path = '/hub/api/maintenance') =>
    createHttpBrowser(hub.address).fetch(path, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })

  it('is begun, changed and ended by admins’ tokens, and the history says by whom', async () => {
    const root = await tokenOf('root')
    assert.deepEqual((await call(root, 'GET')).json(), { maintenance: false, since: null, message: '' })
    const begun = (await call(root, 'PUT', { message: ' Back at 14:00. ' })).json()
    assert.equal(begun.maintenance, true)
    assert.equal(begun.message, 'Back at 14:00.')
    const changed = (await call(root, 'PUT', {})).json()
    assert.deepEqual([changed.since, changed.message], [begun.since, ''])
    await call(root, 'PUT', {})
    assert.equal((await call(root, 'DELETE')).json().maintenance, false)
    assert.equal((await call(root, 'DELETE')).status, 200)
    const by = await school.userId('root')
    const events = await hub.db('events').where('kind', 'like', 'maintenance-%').orderBy('id')
    assert.deepEqual(
      events.map(({ kind, detail }) => [kind, JSON.parse(detail)]),
      [
        ['maintenance-begun', { by, message: 'Back at 14:00.' }],
        ['maintenance-begun', { by, message: '' }],
        ['maintenance-ended', { by }],
      ],
    )
  })

  it('takes no message that is none', async () => {
    const root = await tokenOf('root')
    for (const body of [{ message: 'x'.repeat(501) }, { message: 'a\u001b[2J' }, { message: 1 }, { massage: '' }]) {
      assert.equal((await call(root, 'PUT', body)).status, 400, JSON.stringify(body).slice(0, 40))
    }
    assert.equal((await call(root, 'GET')).json().maintenance, false)
  })

  it('shows learners a page that may stand in a frame and tells when to ask again', async () => {
    await call(await tokenOf('root'), 'PUT', { message: 'Back at <b>14:00</b>.' })
    const page = await hub.browser().navigate('/launch/demo', { 'sec-fetch-dest': 'iframe', referer: `${lmsUrl}/` })
    assert.equal(page.status, 503)
    assert.equal(page.headers['retry-after'], '30')
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors https:\/\/lms\.example\.org$/)
    assert.match(page.text, /<h1>Maintenance<\/h1>/)
    assert.match(
      page.text,
      /because of maintenance\. What you have open goes on\. Back at &#60;b&#62;14:00&#60;\/b&#62;\./,
    )
    assert.match(page.text, /again\.js/)
    // A visitor of a course page is a learner there.
    assert.doesNotMatch(page.text, /Sign in as staff/)
    const tab = await hub.browser().navigate('/launch/demo')
    assert.match(tab.text, /<a class="button plain" href="\/hub\/login\?next=%2Flaunch%2Fdemo">Sign in as staff/)
    const head = await hub.browser().fetch('/launch/demo', { method: 'HEAD', headers: { accept: 'text/html' } })
    assert.deepEqual([head.status, head.text], [503, ''])
  })

  it('leaves what runs, starts or waits alone', async () => {
    const root = await tokenOf('root')
    const bob = await school.as('bob')
    const launch = await bob.open('/launch/other')
    await call(root, 'PUT', {})
    assert.equal((await bob.follow(launch)).state, 'ready')
    assert.equal((await bob.post(`/hub/launches/${launch}/ticket`)).status, 200)
    const states = await hub.db('servers').pluck('state')
    assert.deepEqual(states, ['ready', 'ready'])
    // An API token opens a server that runs, as an open tab does.
    const token = await tokenOf('ann')
    const { id, run } = await hub.db('servers').where({ id: school.server.id }).first()
    const admission = await createHttpBrowser(hub.address).fetch('/hub/api/admissions', {
      method: 'POST',
      headers: { authorization: `token ${secrets.proxyToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ token, server: id, run }),
    })
    assert.equal(admission.status, 200)
  })

  it('lets staff of the course and admins go on, with a notice on every page', async () => {
    await call(await tokenOf('root'), 'PUT', { message: 'Back soon.' })
    for (const [name, course, status] of [
      ['grace', 'demo', 200],
      ['tina', 'demo', 200],
      ['root', 'other', 200],
      ['otto', 'demo', 503],
      ['grace', 'other', 503],
    ] as const) {
      const browser = await school.as(name)
      const home = await browser.navigate('/hub/home')
      assert.match(home.text, /<strong>Maintenance:<\/strong> learners cannot open notebooks just now\..* Back soon\./)
      assert.equal((await browser.navigate(`/launch/${course}`)).status, status, `${name} in ${course}`)
    }
    const grace = await school.as('grace')
    await grace.enter('/launch/demo')
    // As guests at a learner's server too.
    const visit = await grace.submit('/hub/guests', { to: `${school.server.path}lab` })
    assert.match(String(visit.headers.location), /^\/hub\/launches\//)
  })

  it('lets an admin start a learner’s server by API, and the learner none', async () => {
    const [root, ann] = [await tokenOf('root'), await tokenOf('ann')]
    await call(root, 'PUT', {})
    const refused = await call(ann, 'POST', undefined, '/hub/api/users/ann/servers/other')
    assert.equal(refused.status, 503)
    assert.equal(refused.headers['retry-after'], '30')
    assert.equal(refused.json().error, 'maintenance')
    assert.equal(refused.json().may_pass, true)
    assert.equal((await call(root, 'POST', undefined, '/hub/api/users/ann/servers/other')).status, 201)
  })

  it('is over for all at once, and a form that waited goes on at its link', async () => {
    const root = await tokenOf('root')
    const link = '/launch/demo?x=1'
    await call(root, 'PUT', {})
    const visitor = hub.browser()
    const posted = await visitor.submit('/hub/launches', { link })
    assert.deepEqual([posted.status, posted.headers.location], [303, link])
    assert.equal((await visitor.navigate(link)).status, 503)
    await call(root, 'DELETE')
    assert.equal((await visitor.fetch(link, { method: 'HEAD' })).status, 200)
    await visitor.enter(link)
  })

  it('has a page for admins, which says what it does and does it by buttons', async () => {
    const root = await school.as('root')
    const before = await root.navigate('/hub/admin/maintenance')
    assert.match(before.text, /There is no maintenance/)
    assert.match((await root.navigate('/hub/admin')).text, /<a href="\/hub\/admin\/maintenance">Maintenance/)
    const begun = await root.submit('/hub/admin/maintenance/begin', { message: 'Back soon.' })
    const on = await root.navigate(String(begun.headers.location))
    assert.match(on.text, /Learners open no notebooks until you end this/)
    assert.match(on.text, /Maintenance is going on\. It began just now/)
    assert.match(on.text, /value="Back soon\."/)
    assert.equal((await root.submit('/hub/admin/maintenance/begin', { message: 'x'.repeat(501) })).status, 400)
    const ended = await root.submit('/hub/admin/maintenance/end')
    assert.match((await root.navigate(String(ended.headers.location))).text, /Maintenance is over/)
    assert.equal((await (await school.as('ann')).navigate('/hub/admin/maintenance')).status, 403)
    assert.deepEqual(await hub.db('installation').pluck('maintenance'), [null])
  })
})

describe('maintenance in the database', () => {
  const begin = async (hub: TestHub, message: string) => {
    const root = hub.browser()
    await root.submit('/hub/login/local', { username: 'root', password: 'right' })
    return root.submit(`/hub/admin/maintenance/${message === '' ? 'end' : 'begin'}`, { message })
  }
  const statusAt = async (hub: TestHub) => (await hub.browser().navigate('/launch/demo')).status

  it('outlives its hub, and the next one says so in its log', async () => {
    const database = await sqliteDatabase()
    const start = () => startTestHub({ database: database.url, config: schoolConfig() })
    try {
      const first = await start()
      await begin(first, 'Back soon.')
      await first.stop()
      const second = await start()
      assert.ok(second.log.some((line) => line.includes('maintenance is going on') && line.includes('Back soon.')))
      assert.equal(await statusAt(second), 503)
      await begin(second, '')
      assert.equal(await statusAt(second), 200)
      await second.stop()
    } finally {
      await database.remove()
    }
  })

  it('holds at every hub from the next request on', async function () {
    requirePart(this, 'postgresql', missingPostgresql())
    const database = await postgresqlDatabase()
    const one = await openSchool(database.url)
    const two = await startTestHub({ database: database.url, config: schoolConfig(), ...one.hub })
    try {
      await begin(one.hub, 'Back soon.')
      assert.deepEqual([await statusAt(one.hub), await statusAt(two)], [503, 503])
      await begin(two, '')
      assert.deepEqual([await statusAt(one.hub), await statusAt(two)], [200, 200])
    } finally {
      await two.stop()
      await one.hub.stop()
      await database.remove()
    }
  })
})
