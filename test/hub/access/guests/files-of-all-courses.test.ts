import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../../helpers/fake-proxy.ts'
import { createFakeServers, quickSpawner } from '../../../helpers/fake-spawners.ts'
import { secrets, startTestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { guestsAt, openAsGuest, openSchool, schoolConfig, share } from './school.ts'

onEachDatabase('guests at a server with the files of all courses', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('are not let in, and those who were there are out as soon as the course says so', async () => {
    const world = createFakeServers()
    cleanup.defer(() => world.close())
    const proxy = await startFakeProxy(secrets.proxyToken)
    cleanup.defer(() => proxy.stop())
    const database = await makeDatabase()
    const school = await openSchool(database, {}, { world, proxy })
    const { path, id } = school.server
    await share(school.ann, 'user', 'ben')
    for (const name of ['grace', 'ben', 'root']) await openAsGuest(await school.as(name), path)
    assert.equal(guestsAt(school.hub, path).length, 3)
    const [grace, ben, root] = await Promise.all(['grace', 'ben', 'root'].map(school.as))
    await school.hub.stop()

    const demo = schoolConfig().courses?.demo
    assert.ok(demo)
    const courses = { demo: { ...demo, home: { path: '/work', per: 'user' as const } } }
    const spawner = { ...quickSpawner(world), homes: { enforcesSize: false } }
    const hub = await startTestHub({ database, config: { ...schoolConfig(), courses, spawner }, world, proxy })
    cleanup.defer(() => hub.stop())
    await until(() => guestsAt(hub, path).length === 0)
    assert.deepEqual(await hub.db('guests'), [])
    for (const old of [grace, ben, root]) {
      const browser = hub.browser()
      for (const [name, value] of old?.jar ?? []) browser.jar.set(name, value)
      assert.equal((await browser.navigate('/hub/home')).status, 200)
      assert.equal((await browser.navigate(`/hub/open?to=${path}`)).status, 403)
      assert.equal((await openAsGuest(browser, path)).answer.status, 403)
      if (old === ben) continue
      const page = (await browser.navigate('/hub/course/demo')).text
      assert.match(page, /open to their owners only, since they show files of other courses too/)
      assert.match(page, new RegExp(`/servers/${id}/stop`))
      assert.doesNotMatch(page, /Open as staff/)
      await hub.db('servers').update({ failure: 'It ended.', failure_detail: 'grades.csv' })
      for (const address of ['demo', `demo/learners/${id}`]) {
        const { text } = await browser.navigate(`/hub/course/${address}`)
        assert.match(text, /It ended\./)
        assert.doesNotMatch(text, /grades\.csv/, 'what a program has said may be about files of other courses')
      }
    }
    const ann = hub.browser()
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    world.behaviour.prints = () => ['GET /user/ann/other/api/contents/grades.csv']
    await ann.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.deepEqual(await hub.db('runs').select('how', 'lines'), [{ how: 'stopped', lines: null }])
    assert.equal((await share(ann, 'user', 'carl')).status, 404)
    assert.doesNotMatch((await ann.navigate('/hub/home')).text, /\/hub\/share\//)
  })

  it('come in again only to a run without them, whatever the course says by then', async () => {
    const world = createFakeServers()
    cleanup.defer(() => world.close())
    const proxy = await startFakeProxy(secrets.proxyToken)
    cleanup.defer(() => proxy.stop())
    const database = await makeDatabase()
    const demo = schoolConfig().courses?.demo
    assert.ok(demo)
    const home = { path: '/work', per: 'user' as const }
    const school = await openSchool(database, { courses: { demo: { ...demo, home } } }, { world, proxy })
    const { path } = school.server
    await school.hub.stop()

    const courses = { demo: { ...demo, home: { path: '/work' } } }
    const hub = await startTestHub({ database, config: { ...schoolConfig(), courses }, world, proxy })
    cleanup.defer(() => hub.stop())
    const [ann, grace] = [hub.browser(), hub.browser()]
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    await grace.submit('/hub/login/local', { username: 'grace', password: 'right' })
    assert.equal((await openAsGuest(grace, path)).answer.status, 403)
    assert.equal((await grace.navigate(`/hub/open?to=${path}`)).status, 403)
    const lines = ['GET /user/ann/other/api/contents/grades.csv']
    world.behaviour.prints = () => lines
    const [object] = world.objects.values()
    assert.ok(object)
    object.status = { state: 'exited', code: 3, lines }
    object.isFrozen = true
    await ann.enter('/launch/demo')
    const [run] = await hub.db('runs')
    assert.deepEqual([run.cause, run.detail, run.lines], ['ended', null, null], 'staff read how it ended, and no more')
    assert.notEqual((await openAsGuest(grace, path)).launch, undefined)
    assert.equal(guestsAt(hub, path).length, 1)
  })
})
