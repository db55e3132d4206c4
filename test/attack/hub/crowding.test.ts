/** Attacks by very many made-up visitors on the servers and the queue. */
import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

onEachDatabase('attack: a crowd of temporary users without an account', (makeDatabase) => {
  let world: FakeServers
  let hub: TestHub
  beforeEach(async () => {
    world = createFakeServers()
    const limits = { servers: 4, waiting: 4, startsAtOnce: 4 }
    hub = await startTestHub({
      world,
      database: await makeDatabase(),
      config: { authenticators: visitorsAndPeople(), limits },
    })
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const stateCounts = async () => {
    const rows: { state: string }[] = await hub.db('servers').select('state')
    return {
      ready: rows.filter((row) => row.state === 'ready').length,
      queued: rows.filter((row) => row.state === 'queued').length,
    }
  }
  const demo = '/launch/demo'

  it('limits: takes every server and every place in the queue, and people with an account get in all the same', async () => {
    for (let i = 0; i < 6; i += 1) await hub.browser().open(demo)
    await until(async () => (await stateCounts()).ready === 3)
    assert.deepEqual(await stateCounts(), { ready: 3, queued: 3 })
    await assert.rejects(hub.browser().open(demo), /429.*queue_full/s)

    const ann = hub.browser()
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    assert.equal((await ann.follow(await ann.open(demo))).state, 'ready')
    assert.deepEqual(await stateCounts(), { ready: 4, queued: 3 })
  })
})
