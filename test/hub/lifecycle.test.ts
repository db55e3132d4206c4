import assert from 'node:assert/strict'
import { onEachDatabase } from '../helpers/postgresql.ts'
import { redeem, startTestHub, type TestHub } from '../helpers/test-hub.ts'

onEachDatabase('the life of a server', (makeDatabase) => {
  let hub: TestHub
  afterEach(async () => hub?.stop())

  it('goes from a click to a seat', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    const browser = hub.browser()
    const { ticket } = await browser.enter('/tmplogin?course=demo&notebook=a%20b.ipynb')
    const answer = await redeem(hub, ticket)
    assert.equal(answer.status, 200)
  })
})
