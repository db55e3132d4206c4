import assert from 'node:assert/strict'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { type HttpBrowser, lmsUrl, redeem, secrets } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { enterAsGuest, guestsAt, onSharedHost, openAsGuest, openSchool, type School, share, unshare } from './school.ts'

type Actor = (school: School) => Promise<HttpBrowser>
const person =
  (name: string): Actor =>
  ({ as }) =>
    as(name)

/** Users, and the role that each gets as a guest; a user without `role` cannot become one. */
const actors: { who: string; actor: Actor; role?: 'staff' | 'share'; name?: string }[] = [
  { who: 'a person by name', actor: person('ben'), role: 'share', name: 'ben' },
  { who: 'a person by group', actor: person('carl'), role: 'share', name: 'carl' },
  { who: 'staff by name', actor: person('grace'), role: 'staff', name: 'grace' },
  { who: 'staff by group', actor: person('tina'), role: 'staff', name: 'tina' },
  { who: 'an admin', actor: person('root'), role: 'staff', name: 'root' },
  { who: 'staff of another course', actor: person('otto') },
  { who: 'another person', actor: person('eve') },
  { who: 'a person with a name in other letters', actor: person('Ben') },
  { who: 'a person with the name of a group', actor: person('tutors') },
  {
    who: "a learner with a staff's name",
    actor: async ({ hub }) => {
      const browser = hub.browser()
      await browser.enter('/ipythonExercice/demo/a/grace', { framed: true, referer: `${lmsUrl}/` })
      return browser
    },
  },
  {
    who: 'a temporary user',
    actor: async ({ hub }) => {
      const browser = hub.browser()
      await browser.enter('/tmplogin?course=other')
      return browser
    },
  },
]

onEachDatabase('guests', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  for (const { who, actor, role, name = '' } of actors) {
    it(`${who} ${role === undefined ? 'is none' : `is one (${role})`}`, async () => {
      school = await openSchool(await makeDatabase())
      const { hub, ann, server, userId } = school
      await share(ann, 'user', 'ben')
      await share(ann, 'group', 'colleagues')
      const browser = await actor(school)

      const link = `/hub/open?to=${encodeURIComponent(`${server.path}lab/tree/a.ipynb`)}`
      const page = await browser.navigate(link)
      assert.equal(page.status, role === undefined ? 403 : 200)
      assert.match(page.text, role === undefined ? /belongs to somebody else/ : /the notebook of ann/)
      assert.deepEqual(guestsAt(hub, server.path), [], 'a GET makes no guest')

      const posted = await browser.post('/hub/launches', { link })
      assert.equal(posted.status, 403, 'the launch page makes no guest either')

      const { launch, answer } = await openAsGuest(browser, server.path)
      assert.equal(launch !== undefined, role !== undefined)
      const stop = await browser.submit(`/hub/course/demo/servers/${server.id}/stop`)
      const mayStop = role === 'staff'
      assert.equal(stop.status, mayStop ? 303 : 403)
      assert.equal(
        (await browser.submit(`/hub/servers/${server.id}/stop`)).status,
        404,
        'the owner’s button is only for the owner',
      )
      if (role === undefined || launch === undefined) {
        assert.equal(answer.status, 403)
        assert.equal((await hub.db('guests')).length, 0)
        return
      }
      assert.deepEqual(await hub.db('guests').select('user', 'role'), [{ user: await userId(name), role }])
      const [event] = await hub.db('events').whereIn('kind', ['opened-as-staff', 'opened-shared'])
      assert.deepEqual(
        { kind: event.kind, user: event.user, server: event.server, detail: JSON.parse(event.detail) },
        {
          kind: role === 'staff' ? 'opened-as-staff' : 'opened-shared',
          user: await userId(name),
          server: server.id,
          detail: { owner: await userId('ann') },
        },
      )
    })
  }

  it('get a seat of their own at the owner’s server, once every proxy knows them', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as, userId } = school
    await share(ann, 'user', 'ben')
    const ben = await as('ben')
    const { launch } = await openAsGuest(ben, server.path)
    assert.deepEqual(guestsAt(hub, server.path), [await userId('ben')])
    const ticket = await ben.post(`/hub/launches/${launch}/ticket`)
    const { seat, route, to } = (await redeem(hub, ticket.json().ticket)).json()
    assert.equal(seat.user, await userId('ben'))
    assert.equal(seat.server, server.id)
    assert.equal(route.access.user, await userId('ann'))
    assert.deepEqual(route.access.guests, [await userId('ben')])
    assert.match(to, /^\/user\/ann\/demo\/_carrel\/desk\/lab\/workspaces\//)
    assert.equal(
      (await ann.post(`/hub/launches/${launch}/ticket`)).status,
      403,
      'only the session that launched gets a ticket',
    )
    assert.deepEqual(await hub.db('servers').select('user'), [{ user: await userId('ann') }], 'a guest owns nothing')
  })

  it('are persons only, whatever the name of an account', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as } = school
    await share(ann, 'user', 'ben')
    for (const name of ['ben', 'grace', 'root']) {
      const browser = await as(name)
      await hub.db('users').where({ name }).update({ kind: 'learner' })
      assert.equal((await openAsGuest(browser, server.path)).answer.status, 403, name)
      assert.doesNotMatch((await browser.navigate('/hub/home')).text, /Shared with me|look after/)
      assert.equal((await browser.navigate('/hub/course/demo')).status, 403)
    }
  })

  it('get to the page of the link, and never outside of the server', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, server, as } = school
    const grace = await as('grace')
    const seated = await enterAsGuest(hub, grace, `${server.path}lab/tree/a%20b.ipynb?x=1`)
    assert.equal(seated.json().to, `${server.path}_carrel/desk/lab/tree/a%20b.ipynb?x=1`, 'below the line')
    const copied = await enterAsGuest(hub, grace, `${server.path}lab/workspaces/annsown/tree/a.ipynb`)
    assert.match(copied.json().to, /\/lab\/workspaces\/ann-demo\/tree\/a\.ipynb$/, 'the workspace of guests')
    for (const to of ['/user/ann/demo/../../other', 'https://evil.example/', '//evil.example', '/hub/home', '', '\\'])
      assert.equal((await grace.submit('/hub/guests', { to })).status, 400, to)
  })

  it('cannot start a stopped server', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as } = school
    await ann.submit(`/hub/servers/${server.id}/stop`)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    const grace = await as('grace')
    const page = await grace.navigate(`/hub/open?to=${server.path}`)
    assert.match(page.text, /Only its owner can start it/)
    assert.doesNotMatch(page.text, /Open as staff/)
    const { answer } = await openAsGuest(grace, server.path)
    assert.equal(answer.status, 409)
    assert.deepEqual(await hub.db('guests'), [])
    assert.deepEqual(await hub.db('launches').where('run', '>', 1), [])
    assert.equal((await hub.db('servers').first('state')).state, 'stopped')
  })

  it('cannot be made by a signed-out browser or by a page of another site', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, server, as } = school
    assert.equal((await hub.browser().submit('/hub/guests', { to: server.path })).status, 401)
    const grace = await as('grace')
    const foreign = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'http://label.nb.test' },
      { 'sec-fetch-site': '', origin: 'http://label.nb.test' },
    ]
    for (const headers of foreign) {
      for (const [path, fields] of [
        ['/hub/guests', { to: server.path }],
        [`/hub/course/demo/servers/${server.id}/stop`, {}],
        ['/hub/share/demo/add', { kind: 'user', name: 'eve' }],
        ['/hub/share/demo/remove', { kind: 'user', name: 'eve' }],
      ] as const)
        assert.equal((await grace.submit(path, fields, headers)).status, 403, path)
    }
    assert.deepEqual(await hub.db('guests'), [])
    assert.equal((await grace.fetch('/hub/guests')).status, 405)
  })

  it('are limited in number', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, server, as, userId } = school
    const grace = await as('grace')
    await userId('grace')
    const ids = Array.from({ length: 100 }, (_, index) => `guest${index}`)
    const account = {
      kind: 'person',
      authenticator: 'local',
      state: 'active',
      preview: false,
      created: 0,
      last_launch: 0,
    }
    for (const id of ids) {
      await hub.db('users').insert({ ...account, id, name: id, subject: id })
      await hub.db('guests').insert({ server: server.id, user: id, role: 'share', created: 0 })
    }
    assert.equal((await openAsGuest(grace, server.path)).answer.status, 409)
  })

  describe('where servers share a host', () => {
    it('do not exist: there is no page, no button and no permission, and no row makes one', async () => {
      school = await openSchool(await makeDatabase(), onSharedHost)
      const { hub, ann, server, as, userId } = school
      const grace = await as('grace')
      for (const browser of [ann, grace]) {
        assert.equal((await browser.navigate('/hub/course/demo')).status, 403)
        assert.equal((await browser.navigate('/hub/share/demo')).status, 404)
      }
      const homes = [await ann.navigate('/hub/home'), await grace.navigate('/hub/home')]
      for (const { text } of homes) assert.doesNotMatch(text, /Share(?!d copies)|look after|staff/)
      assert.equal((await share(ann, 'user', 'ben')).status, 404)
      assert.equal((await openAsGuest(grace, server.path)).answer.status, 403)
      assert.equal((await grace.navigate(`/hub/open?to=${server.path}`)).status, 403)
      assert.equal((await grace.submit(`/hub/course/demo/servers/${server.id}/stop`)).status, 403)
      assert.ok(hub.log.some((line) => line.includes('courses.demo.staff')))
      assert.ok(hub.log.some((line) => line.includes('courses.demo.share')))

      // An attacker could have written these rows into the database, or an earlier config could have left them.
      const [graceId, annId] = [await userId('grace'), await userId('ann')]
      await hub.db('shares').insert({ server: server.id, kind: 'user', name: 'grace', created: 0 })
      await hub.db('guests').insert({ server: server.id, user: graceId, role: 'share', created: 0 })
      const { launch } = await ann.enter('/launch/demo')
      const mine = await hub.db('launches').orderBy('created', 'desc').first()
      await hub.db('tickets').where({ user: annId }).update({ user: graceId })
      const stolen = (await ann.post(`/hub/launches/${launch}/ticket`)).json().ticket
      await hub.db('tickets').update({ user: graceId, session: mine.session })
      assert.equal((await redeem(hub, stolen)).status, 404, 'a ticket for a guest is refused')
      const good = (await ann.post(`/hub/launches/${launch}/ticket`)).json().ticket
      const { route } = (await redeem(hub, good)).json()
      assert.deepEqual(route.access.guests, [], 'a row makes no guest')
      assert.equal((await openAsGuest(grace, server.path)).answer.status, 403)
      const made = await grace.submit('/hub/token', { note: 'x', days: '1' })
      const [token] = /carrel-user-[\w-]{43}/.exec(made.text) ?? []
      const { status } = await hub.browser().fetch('/hub/api/admissions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `token ${secrets.proxyToken}` },
        body: JSON.stringify({ token, server: server.id, run: 1 }),
      })
      assert.equal(status, 404, "a guest's token admits to nothing")
    })
  })

  it('have tokens that admit them as long as they are guests', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as } = school
    await share(ann, 'user', 'ben')
    const ben = await as('ben')
    const made = await ben.submit('/hub/token', { note: 'x', days: '1' })
    const [token] = /carrel-user-[\w-]{43}/.exec(made.text) ?? []
    const admission = async () => {
      const answer = await hub.browser().fetch('/hub/api/admissions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `token ${secrets.proxyToken}` },
        body: JSON.stringify({ token, server: server.id, run: 1 }),
      })
      return answer.status === 200 ? answer.json().seat.id : answer.status
    }
    assert.equal(await admission(), 404, 'a share alone makes no guest')
    await openAsGuest(ben, server.path)
    const seat = await admission()
    assert.equal(typeof seat, 'string')
    await unshare(ann, 'user', 'ben')
    assert.equal(await admission(), 404)
    assert.ok(hub.proxy.routes.get(server.path)?.access?.ended.includes(seat))
  })
})
