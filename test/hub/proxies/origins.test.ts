import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { openCourses } from '../../../hub/courses/courses.ts'
import { moveOrigins } from '../../../hub/db/servers/courses.ts'
import { createDefinitions } from '../../../hub/db/servers/definitions.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import type { Hub } from '../../../hub/hub.ts'
import { syncProxy } from '../../../hub/proxies/sync.ts'
import { storeCourses } from '../../../hub/rights/stored-courses.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { testConfig } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../parts.ts'

const [school, campus, tool] = ['https://school.example', 'https://campus.example', 'https://tool.example']

onEachDatabase('the origins of a server that runs', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts.stop())

  /** Does what a hub with these courses does when it starts. */
  const startHub = async (courses: ConfigInput['courses'] = {}): Promise<Hub> => {
    const config = testConfig({}, parts.world, { courses })
    const hub = {
      ...parts.hub,
      config,
      courses: await openCourses({ config, db: parts.hub.db }),
      definitions: createDefinitions(parts.hub.db),
    }
    await storeCourses(hub)
    await round(hub)
    return hub
  }
  /** Does what a hub does now and then, as the housekeeper. */
  const round = async (hub: Hub) => {
    await moveOrigins(hub.db)
    for (const proxy of hub.proxies.all) await syncProxy(hub, proxy)
  }
  const demo = (ancestors: string[], cors: string[] = []) => ({ demo: { image: 'demo', embed: { ancestors }, cors } })
  const held = () => {
    const [route] = parts.proxy.routes.values()
    return { ancestors: route?.access?.ancestors, cors: route?.access?.cors, revision: route?.revision }
  }
  const row = async ({ id }: Server) => (await findServer(parts.hub.db, id)) as Server

  it('change by a new revision of its route, written by the hub that starts with a changed course', async () => {
    await startHub(demo([school]))
    const server = await parts.makeReady()
    const before = held()
    assert.deepEqual([before.ancestors, before.cors], [[school], []])
    await startHub(demo([campus], [tool]))
    const after = held()
    assert.deepEqual([after.ancestors, after.cors], [[campus], [tool]])
    assert.ok((after.revision ?? 0) > (before.revision ?? 0))
    const { run, madeOf, epoch, since } = await row(server)
    assert.deepEqual(
      { run, madeOf, epoch, since },
      { run: 1, madeOf: server.madeOf, epoch: server.epoch, since: server.since },
    )
    assert.deepEqual([parts.world.made.length, parts.world.stops], [1, []])
  })

  it('are those of the hub that started last, and no other hub takes them back', async () => {
    const old = await startHub(demo([school]))
    const server = await parts.makeReady()
    const next = await startHub(demo([campus]))
    const { revision } = held()
    for (const hub of [old, next, old, next]) await round(hub)
    assert.deepEqual(held(), { ancestors: [campus], cors: [], revision })
    assert.equal((await row(server)).revision, revision)
    // The newer word counts, also where it is that of the older file.
    await startHub(demo([school]))
    assert.deepEqual(held().ancestors, [school])
  })

  it('of a new run are those of the hub that started last, whichever hub queues it', async () => {
    await startHub(demo([campus]))
    // This hub's own config has none.
    await parts.makeReady()
    assert.deepEqual(held().ancestors, [campus])
  })

  it('stay when the course is gone from the config, or is as it was', async () => {
    await startHub(demo([school]))
    const server = await parts.makeReady()
    const before = held()
    await startHub({ other: { image: 'other', embed: { ancestors: [campus] } } })
    await startHub(demo([school]))
    assert.deepEqual(held(), before)
    assert.deepEqual(await row(server), server)
  })

  it('reach servers although the hub that stored them died right after', async () => {
    const old = await startHub(demo([school]))
    await parts.makeReady()
    const died = {
      ...old,
      courses: await openCourses({ config: testConfig({}, parts.world, { courses: demo([campus]) }), db: old.db }),
    }
    await storeCourses(died)
    assert.deepEqual(held().ancestors, [school])
    await round(old)
    assert.deepEqual(held().ancestors, [campus])
  })

  it('reach all servers, and cost nothing where nothing has changed', async () => {
    await startHub(demo([school]))
    const one = await parts.makeReady()
    const { id, user, path, label, ...columns } = await parts.hub.db('servers').first()
    const more = Array.from({ length: 250 }, (_, index) => ({ id: `s${index}`, name: `n${index}` }))
    const users = more.map(({ name }) => ({ id: name, name, kind: 'person', authenticator: 'x', subject: name }))
    const account = { state: 'active', preview: false, created: 0, last_launch: 0 }
    await parts.hub.db.batchInsert(
      'users',
      users.map((one) => ({ ...one, ...account })),
      50,
    )
    const rows = more.map(({ id, name }) => ({
      ...columns,
      id,
      user: name,
      path: `/user/${name}/demo/`,
      label: `l${id}`,
    }))
    await parts.hub.db.batchInsert('servers', rows, 20)
    const hub = await startHub(demo([campus]))
    const digests = await parts.hub.db('servers').distinct('origins').pluck('origins')
    assert.equal(digests.length, 1)
    assert.notEqual(digests[0], one.origins)
    assert.deepEqual(
      new Set([...parts.proxy.routes.values()].map((route) => route.access?.ancestors[0])),
      new Set([campus]),
    )
    const writes: string[] = []
    const note = ({ sql }: { sql: string }) => void (/^(update|insert|delete)/i.test(sql) && writes.push(sql))
    hub.db.on('query', note)
    await storeCourses({ ...hub, definitions: createDefinitions(hub.db) })
    await moveOrigins(hub.db)
    hub.db.off('query', note)
    assert.deepEqual(writes, [])
  })
})
