import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { createDefinitions } from '../../../hub/db/servers/definitions.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import type { Hub } from '../../../hub/hub.ts'
import { madeOf } from '../../../hub/made-of/made-of.ts'
import { memoryOf } from '../../../hub/servers/health/ended.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { startQueued } from '../../../hub/servers/work.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub, testConfig } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('what a run is made of', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts.stop())

  /** Returns the same hub with other courses, and with nothing remembered, as a next hub or another one is. */
  const withCourses = (courses: ConfigInput['courses'] = {}): Hub => {
    const { hub } = parts
    const config = testConfig({}, parts.world, { courses })
    return { ...hub, courses: { ...hub.courses, all: config.courses }, definitions: createDefinitions(hub.db) }
  }
  const courseOf = (hub: Hub) => {
    const { demo } = hub.courses.all
    assert.ok(demo)
    return demo
  }
  const row = async (id: string) => (await findServer(parts.hub.db, id)) as Server
  const ready = (id: string) => until(async () => (await row(id)).state === 'ready', 'ready')
  const envOf = (id: string) => [...parts.world.objects.values()].find(({ server }) => server === id)?.env

  it('stays as it was when it was queued, and a new start takes what the config says by then', async () => {
    const first = withCourses({ demo: { image: 'one', env: { AGE: 'old' }, limits: { memory: '1G' } } })
    const user = await parts.makeUser()
    const { id } = await requestServer(first, user, courseOf(first))
    await ready(id)
    const second = withCourses({ demo: { image: 'two', env: { AGE: 'new' }, limits: { memory: '3G' } } })
    await requestServer(second, user, courseOf(second))
    assert.equal(envOf(id)?.AGE, 'old')
    assert.equal(await memoryOf(second, await row(id)), 2 ** 30)
    assert.equal((await madeOf(second, await row(id)))?.image, 'one')
    await requestServer(second, user, courseOf(second), { anew: true })
    await until(async () => (await row(id)).run === 2, 'a new run')
    await startQueued(second)
    await ready(id)
    assert.equal(envOf(id)?.AGE, 'new')
    assert.equal(await memoryOf(first, await row(id)), 3 * 2 ** 30)
    assert.equal((await madeOf(first, await row(id)))?.image, 'two')
  })

  it('is the same for all hubs, so that a start has the time of its own course and the addresses of the hub that queued it', async () => {
    const first = withCourses({ demo: { image: 'one', startTimeoutSeconds: 1234 } })
    const { id } = await requestServer(
      { ...first, internalUrl: 'http://first:8082', admission: { ...first.admission, admit: async () => {} } },
      await parts.makeUser(),
      courseOf(first),
    )
    assert.equal((await row(id)).state, 'queued')
    let proceed = () => {}
    parts.world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
    const other = withCourses({ demo: { image: 'two', startTimeoutSeconds: 5 } })
    await startQueued({ ...other, internalUrl: 'http://other:8082', hubUrl: 'http://other.test' })
    const { queued = 0, deadline = 0 } = await row(id)
    assert.ok(deadline - queued >= 1_234_000)
    proceed()
    await ready(id)
    assert.equal(envOf(id)?.JUPYTERHUB_API_URL, 'http://first:8082/hub/api')
  })

  it('is not known to a row at rest', async () => {
    const { hub } = parts
    const server = await parts.makeReady()
    assert.equal(typeof server.madeOf, 'string')
    await stopServer(hub, server)
    await until(async () => (await row(server.id)).state === 'stopped')
    assert.deepEqual([(await row(server.id)).madeOf, (await row(server.id)).origins], [undefined, undefined])
  })

  it('is stored once more where the database has lost it, and no learner notices', async () => {
    const { hub } = parts
    const server = await parts.makeReady()
    await stopServer(hub, server)
    await until(async () => (await row(server.id)).state === 'stopped')
    assert.equal(await hub.db('definitions').delete(), 1)
    await parts.makeReady()
    assert.equal((await hub.db('events').where({ kind: 'failed' })).length, 0)
  })

  it('is shared by all servers of a course, and costs a start no statement more', async () => {
    const { hub } = parts
    await parts.makeReady()
    const statements: string[] = []
    const note = ({ sql }: { sql: string }) => void statements.push(sql)
    hub.db.on('query', note)
    await parts.makeReady()
    await parts.makeReady()
    hub.db.off('query', note)
    assert.deepEqual(
      statements.filter((sql) => sql.includes('definitions')),
      [],
    )
    assert.equal((await hub.db('definitions').pluck('digest')).length, 1)
  })

  it('has options that a hub with another spawner refuses, in words for staff', async () => {
    const first = withCourses({ demo: { image: 'one', options: { node: 'a', mounts: ['/data'] } } })
    const idle = { ...first, admission: { ...first.admission, admit: async () => {} } }
    const { id } = await requestServer(idle, await parts.makeUser(), courseOf(first))
    const other = withCourses({ demo: { image: 'two' } })
    const problems = () => [{ path: ['mounts', 0], message: 'is no folder' }]
    const spawner = { ...other.config.spawner, serverOptions: { names: ['node', 'mounts'], problems } }
    await startQueued({ ...other, config: { ...other.config, spawner } })
    await until(async () => (await row(id)).state === 'failed')
    const { failure, failureDetail, failureLasts } = await row(id)
    assert.deepEqual(
      [failure, failureDetail, failureLasts],
      ['The notebook cannot be started with the settings that it has.', 'options.mounts.0: is no folder', true],
    )
    assert.deepEqual(parts.world.made, [])
  })

  it('that a newer version has written fails that start, and no other', async () => {
    const { hub } = parts
    const idle = { ...hub, admission: { ...hub.admission, admit: async () => {} } }
    const { id } = await requestServer(idle, await parts.makeUser(), courseOf(hub))
    const { digest, content } = await hub.db('definitions').first('digest', 'content')
    const newer = JSON.stringify({ ...JSON.parse(content), enclave: true })
    await hub.db('definitions').update({ content: newer })
    await startQueued(withCourses({ demo: { image: 'demo' } }))
    await until(async () => (await row(id)).state === 'failed')
    const { failure, failureDetail, failureLasts } = await row(id)
    assert.deepEqual([failure, failureLasts], ['The notebook could not be started.', false])
    assert.match(failureDetail ?? '', /another version/)
    assert.deepEqual(parts.world.made, [])
    await hub.db('definitions').where({ digest }).update({ content })
    await parts.makeReady()
  })
})

onPostgresql('what a run is made of, at several hubs', (makeDatabase) => {
  it('stays as it is between two hubs with different files', async () => {
    const database = await makeDatabase()
    const { world, proxy, stop } = await openParts(await makeDatabase())
    const hubs = [
      { demo: { image: 'one', env: { FILE: 'one' } } },
      { demo: { image: 'two', env: { FILE: 'two' }, embed: { ancestors: ['https://two.example'] } } },
      { other: { image: 'other' } },
    ]
    const started = await Promise.all(
      hubs.map((courses) => startTestHub({ database, world, proxy, config: { courses } })),
    )
    try {
      const [first, second, third] = started
      assert.ok(first && second && third)
      const { jar, enter } = first.browser()
      const { launch } = await enter('/launch/demo')
      for (const { address } of [second, third, first]) {
        const browser = createHttpBrowser(address)
        for (const [name, value] of jar) browser.jar.set(name, value)
        assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
        if (address === second.address) await browser.enter('/launch/demo')
      }
      const { run, state } = await first.db('servers').first('run', 'state')
      assert.deepEqual([run, state, world.made.length, world.stops], [1, 'ready', 1, []])
      assert.equal([...world.objects.values()][0]?.env.FILE, 'one')
    } finally {
      for (const hub of started) await hub.stop()
      await stop()
    }
  })
})
