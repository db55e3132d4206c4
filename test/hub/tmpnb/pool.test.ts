import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const docs = 'https://docs.example.org'
const adminToken = 'a-token-for-the-operator-0123456789ab'

describe("tmpnb's pool", () => {
  const cleanup = cleanupAfterEach()

  it('is the spares of the course: they are counted, handed out, filled again and drained', async () => {
    const world = createFakeServers()
    const courses = { demo: { image: 'demo', cors: [docs], spares: 2 } }
    const hub = await startTestHub({ world, config: { courses, tmpnb: { course: 'demo', adminToken } } })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    const stats = async () => (await hub.browser().fetch('/api/stats')).json()
    const spares = async () => hub.db('servers').whereRaw('spare').where({ state: 'ready' }).pluck('path')
    const filled = () => until(async () => (await spares()).length === 2)
    await filled()
    await until(async () => (await stats()).spares === 2)
    // A place that a spare has is free for a visitor.
    assert.deepEqual([(await stats()).available, (await stats()).capacity], [150, 150])

    const waiting = await spares()
    const { url } = (await hub.browser().fetch('/api/spawn', { method: 'POST', headers: { origin: docs } })).json()
    assert.ok(waiting.includes(url.split('?')[0]), url)
    await until(async () => (await stats()).available === 149)
    await filled()

    const others = await spares()
    const visitor = hub.browser()
    await visitor.enter('/launch/demo/a.ipynb')
    const own = await hub.db('launches').join('servers', 'servers.id', 'launches.server').first('path')
    assert.ok(others.includes(own.path))
    await filled()

    const before = await spares()
    const headers = { authorization: `token ${adminToken}` }
    const answer = await hub.browser().fetch('/api/pool', { method: 'DELETE', headers })
    assert.deepEqual(answer.json(), { drained: 2 })
    await filled()
    assert.equal((await spares()).filter((path) => before.includes(path)).length, 0)
    assert.equal((await hub.db('servers').where({ state: 'ready' }).whereRaw('not spare')).length, 2)
  })
})
