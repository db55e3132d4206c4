import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'

onEachDatabase('a first-visit nonce of a session that has signed out', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  it('restores no session in any browser', async () => {
    const browser = hub.browser()
    const link = '/tmplogin?course=demo'
    await browser.enter(link)
    const nonce = browser.jar.get('carrel-first') ?? ''
    const session = browser.jar.get('carrel') ?? ''
    await browser.submit('/hub/logout')
    const other = hub.browser()
    other.jar.set('carrel-first', nonce)
    const answer = await other.post('/hub/launches', { link })
    assert.deepEqual([answer.status, answer.json().error], [409, 'nonce_used'])
    other.jar.set('carrel', session)
    assert.equal((await other.navigate('/hub/home')).headers.location, '/')
  })
})
