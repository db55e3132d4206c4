import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

onEachDatabase('a ticket that was made while its session signed out', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  it('opens nothing', async () => {
    const browser = hub.browser()
    const { ticket } = await browser.enter('/tmplogin?course=demo')
    const tickets = await hub.db('tickets').select()
    assert.equal(tickets.length, 1)
    await browser.submit('/hub/logout')
    // A request that has read the session before the sign-out writes its ticket after it.
    await hub.db('tickets').insert(tickets)
    assert.equal((await redeem(hub, ticket)).status, 404)
    assert.equal((await hub.db('seats').select()).length, 0)
  })
})
