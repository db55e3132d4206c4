import assert from 'node:assert/strict'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { lmsUrl } from '../../../helpers/test-hub.ts'
import { enterAsGuest, openAsGuest, openSchool, type School, schoolConfig, share, unshare } from './school.ts'

onEachDatabase('sharing', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  it('is offered to persons, in courses that allow it, beside a running or stopped notebook', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server } = school
    assert.match((await ann.navigate('/hub/home')).text, /href="\/hub\/share\/demo"[^>]*>Share</)
    await ann.submit(`/hub/servers/${server.id}/stop`)
    assert.match((await ann.navigate('/hub/home')).text, /href="\/hub\/share\/demo"/)
    await ann.enter('/launch/other')
    assert.doesNotMatch((await ann.navigate('/hub/home')).text, /href="\/hub\/share\/other"/)
    assert.equal((await ann.navigate('/hub/share/other')).status, 404)

    const visitor = hub.browser()
    await visitor.enter('/tmplogin?course=demo')
    const learner = hub.browser()
    await learner.enter('/ipythonExercice/demo/a/lea', { framed: true, referer: `${lmsUrl}/` })
    for (const browser of [visitor, learner]) {
      assert.doesNotMatch((await browser.navigate('/hub/home')).text, /hub\/share/)
      assert.equal((await browser.navigate('/hub/share/demo')).status, 404)
      assert.equal((await share(browser, 'user', 'ben')).status, 404)
    }
    assert.deepEqual(await hub.db('shares'), [])
  })

  it('is only for the owner of an existing notebook', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as } = school
    const eve = await as('eve')
    for (const course of ['demo', 'nowhere', 'constructor', 'DEMO']) {
      assert.equal((await eve.navigate(`/hub/share/${course}`)).status, 404)
      assert.equal((await eve.submit(`/hub/share/${course}/add`, { kind: 'user', name: 'eve' })).status, 404)
    }
    assert.equal((await hub.browser().navigate('/hub/share/demo')).status, 302)
    assert.deepEqual(await hub.db('shares'), [])
  })

  it('answers names that exist as names that do not', async () => {
    school = await openSchool(await makeDatabase())
    const { ann, as } = school
    await as('bert')
    const shapes: unknown[] = []
    for (const [kind, name] of [
      ['user', 'bert'],
      ['user', 'nono'],
      ['group', 'tutors'],
      ['group', 'nobody'],
    ] as const) {
      const added = await share(ann, kind, name)
      const listed = await ann.navigate('/hub/share/demo')
      const home = await ann.navigate('/hub/home')
      const removed = await unshare(ann, kind, name)
      assert.ok(listed.text.includes(`<strong>${name}</strong>`), 'as typed')
      shapes.push(
        [added, listed, home, removed].map(({ status, headers, text }) => {
          const { date, 'x-request-id': id, ...rest } = headers
          assert.ok(date !== undefined && id !== undefined)
          const seen = JSON.stringify({ status, rest, text: text.replaceAll(name, 'NAME') })
          return seen.replaceAll(/notice=[\w.-]+/g, 'notice=')
        }),
      )
    }
    assert.deepEqual(shapes[0], shapes[1])
    assert.deepEqual(shapes[2], shapes[3])
  })

  it('keeps names as they were typed, once each, and refuses what is no name', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann } = school
    for (const name of ['Ben', 'Ben', ' Ben ', 'b<b>&"\'', 'ben@example.org']) {
      assert.equal((await share(ann, 'user', name)).status, 303, name)
    }
    const names = (await hub.db('shares').orderBy('name').select('name')).map(({ name }) => name)
    assert.deepEqual(names.sort(), ['Ben', 'b<b>&"\'', 'ben@example.org'])
    const page = await ann.navigate('/hub/share/demo')
    assert.ok(page.text.includes('<strong>b&#60;b&#62;&#38;&#34;&#39;</strong>'))
    for (const [kind, name] of [
      ['user', ''],
      ['user', 'group:tutors'],
      ['user', 'lms:edx:lea'],
      ['user', 'a\0b'],
      ['user', 'x'.repeat(129)],
      ['group', 'Tutors'],
      ['group', 'group:tutors'],
    ] as const) {
      const answer = await share(ann, kind, name)
      assert.equal(answer.status, 400, name)
      assert.match(answer.text, /role="alert"/)
      assert.equal((await unshare(ann, kind, name)).status, 400, name)
    }
    assert.equal((await ann.submit('/hub/share/demo/add', { kind: 'all', name: 'ben' })).status, 400)
    assert.equal((await ann.submit('/hub/share/demo/remove', { kind: 'all', name: 'ben' })).status, 400)
    assert.equal((await hub.db('shares')).length, 3)
  })

  it('is limited to 100 names', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server } = school
    const rows = Array.from({ length: 100 }, (_, index) => ({ name: `friend${index}`, created: 0 }))
    for (const row of rows) await hub.db('shares').insert({ ...row, server: server.id, kind: 'user' })
    const answer = await share(ann, 'user', 'ben')
    assert.equal(answer.status, 400)
    assert.match(answer.text, /100 at most/)
    assert.match((await ann.navigate('/hub/home')).text, /Shared with friend0, friend1, friend10 and 97 more/)
  })

  it('shows the other user whose notebook and files they are, and a button while it runs', async () => {
    school = await openSchool(await makeDatabase())
    const { ann, server, as } = school
    const [ben, eve] = [await as('ben'), await as('eve')]
    assert.doesNotMatch((await ben.navigate('/hub/home')).text, /Shared with me/)
    await share(ann, 'user', 'ben')
    const running = (await ben.navigate('/hub/home')).text
    assert.match(running, /Shared with me/)
    assert.match(running, /changes that person’s files/)
    assert.ok(running.includes(`name="to" value="${server.path}"`))
    assert.doesNotMatch((await eve.navigate('/hub/home')).text, /Shared with me/)
    await ann.submit(`/hub/servers/${server.id}/stop`)
    const stopped = (await ben.navigate('/hub/home')).text
    assert.match(stopped, /Only its owner can start it/)
    assert.ok(!stopped.includes(server.path))
    await unshare(ann, 'user', 'ben')
    assert.doesNotMatch((await ben.navigate('/hub/home')).text, /Shared with me/)
  })

  it('with oneself is refused in plain words', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server } = school
    const answer = await share(ann, 'user', 'ann')
    assert.equal(answer.status, 400)
    assert.match(answer.text, /role="alert" id="problem">This is your own name/)
    assert.deepEqual(await hub.db('shares'), [])
    assert.doesNotMatch((await ann.navigate('/hub/home')).text, /Shared with me/)
    assert.equal((await openAsGuest(ann, server.path)).answer.status, 403)
    assert.deepEqual(await hub.db('guests'), [])
  })

  it('has no effect in a course that no longer allows it', async () => {
    school = await openSchool(await makeDatabase(), {
      courses: { ...schoolConfig().courses, demo: { image: 'demo', share: false, embed: { ancestors: [lmsUrl] } } },
    })
    const { hub, ann, server, as } = school
    await hub.db('shares').insert({ server: server.id, kind: 'user', name: 'ben', created: 0 })
    await hub.db('shares').insert({ server: server.id, kind: 'user', name: 'ann', created: 0 })
    const ben = await as('ben')
    for (const browser of [ann, ben]) {
      assert.doesNotMatch((await browser.navigate('/hub/home')).text, /Shared with me/)
      assert.equal((await openAsGuest(browser, server.path)).answer.status, 403)
    }
  })

  it('makes invited staff a guest with the role of a share', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, ann, server, as } = school
    await share(ann, 'user', 'grace')
    const grace = await as('grace')
    await enterAsGuest(hub, grace, server.path)
    assert.deepEqual(await hub.db('guests').select('role'), [{ role: 'share' }])
    assert.deepEqual(await hub.db('events').where({ kind: 'opened-as-staff' }), [])
    await unshare(ann, 'user', 'grace')
    assert.deepEqual(await hub.db('guests'), [], 'without the share she has to open it as staff')
  })
})
