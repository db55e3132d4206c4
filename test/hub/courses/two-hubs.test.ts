import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type FakeProxy, startFakeProxy } from '../../helpers/fake-proxy.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type MakersHub, startMakersHub } from './makers.ts'

onEachDatabase('courses that people make, and several hubs', (makeDatabase) => {
  let world: FakeServers
  let proxy: FakeProxy
  let database: string
  const hubs: MakersHub[] = []
  const start = async (config = {}) => {
    const hub = await startMakersHub({ database, world, proxy, config })
    hubs.push(hub)
    return hub
  }
  beforeEach(async () => {
    world = createFakeServers()
    proxy = await startFakeProxy(secrets.proxyToken)
    database = await makeDatabase()
  })
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.stop()
    await world.close()
    await proxy.stop()
  })

  const definition = { image: 'stats:3', title: 'Statistics' }

  it('is launched at the other hub at once, and closed there within a moment', async () => {
    const one = await start()
    // A hub on SQLite is alone.
    const other = database.startsWith('sqlite:') ? one : await start()
    const ann = await one.maker('ann')
    assert.equal((await ann.ask('POST', '', { name: 'stats', definition })).status, 201)
    await other.browser().enter('/launch/stats')
    await ann.ask('POST', '/stats/archive', {})
    await until(async () => (await other.browser().navigate('/launch/stats')).status === 403)
  })

  it('is there after a restart, and takes second place to a course of the config', async () => {
    const one = await start()
    const ann = await one.maker('ann')
    await ann.ask('POST', '', { name: 'stats', definition })
    hubs.pop()
    await one.stop()
    const two = await start()
    assert.equal((await two.browser().navigate('/launch/stats')).status, 200)
    hubs.pop()
    await two.stop()
    const three = await start({ courses: { Stats: { image: 'other', title: 'Of the config', staff: ['tim'] } } })
    assert.match((await three.browser().navigate('/launch/stats')).text, /Of the config/)
    const root = await three.maker('root')
    const { courses } = (await root.ask('GET', '')).json()
    const [, made] = courses
    assert.match(made.problems[0].message, /the config has the course Stats, which counts/)
    // The one who made the course need not be staff of the other one, and its staff may not see this one's settings.
    const settings = (await (await three.maker('ann')).browser.navigate('/hub/my-courses/stats')).text
    assert.match(settings, /<h1>Settings of stats<\/h1>/)
    assert.doesNotMatch(settings, /Of the config|href="\/hub\/course\/stats/)
    const ofStaff = (await (await three.maker('tim')).browser.navigate('/hub/course/stats')).text
    assert.match(ofStaff, /<nav class="places inside" aria-label="Of the config">/)
    assert.doesNotMatch(ofStaff, /href="\/hub\/my-courses\/stats"/)
  })

  it('keeps no hub from starting when its row cannot be read', async () => {
    const one = await start()
    const ann = await one.maker('ann')
    for (const name of ['stats', 'broken', 'wrong']) await ann.ask('POST', '', { name, definition })
    await one.db('catalogue').where({ slug: 'broken' }).update({ definition: 'no JSON' })
    await one.db('catalogue').where({ slug: 'wrong' }).update({ granted: 'no JSON' })
    hubs.pop()
    await one.stop()
    const two = await start()
    assert.equal((await two.browser().navigate('/launch/stats')).status, 200)
  })

  it('opens no more where the operator has taken its image out of the list, in words', async () => {
    const one = await start()
    await (await one.maker('ann')).ask('POST', '', { name: 'stats', definition })
    hubs.pop()
    await one.stop()
    const two = await start({ courseMaking: { by: ['ann'], images: [] } })
    const refused = await two.browser().navigate('/launch/stats')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /beyond what this site allows/)
    const { problems } = (await (await two.maker('ann')).ask('GET', '/stats')).json()
    assert.deepEqual(
      problems.map(({ path }: { path: string[] }) => path),
      [['image']],
    )
  })
})
