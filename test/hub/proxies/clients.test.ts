import assert from 'node:assert/strict'
import { pino } from 'pino'
import { createHubCounters } from '../../../hub/metrics/counters.ts'
import { openProxies } from '../../../hub/proxies/clients.ts'
import { collectTraffic } from '../../../hub/servers/traffic.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../helpers/fake-proxy.ts'
import { openParts } from '../parts.ts'

describe('a proxy that starts together with the hub', () => {
  const token = 'a-proxy-token-of-the-tests-0123456789'

  it('is starting until it has answered once, whatever it answers', async () => {
    const fake = await startFakeProxy(token)
    const proxies = openProxies(['http://127.0.0.1:1', fake.url], token, pino({ level: 'silent' }), createHubCounters())
    const [away, there] = proxies.all
    assert.ok(away && there)
    await assert.rejects(away.digest())
    assert.deepEqual([away.isStarting(), there.isStarting()], [true, true])
    await there.digest()
    assert.equal(there.isStarting(), false)
    await fake.stop()
    await assert.rejects(there.digest())
    assert.equal(there.isStarting(), false)
    await proxies.close()
  })

  it('causes an error in the log when it stops answering, but not while it starts', async () => {
    const database = await sqliteDatabase()
    const parts = await openParts(database.url)
    try {
      const { hub, proxy, log } = parts
      const alarms = () => log.filter((line) => line.includes('a proxy did not tell of its traffic')).length
      const [client] = hub.proxies.all
      assert.ok(client)
      await client.digest()
      await proxy.stop()
      await collectTraffic(hub)
      assert.equal(alarms(), 1)
      client.isStarting = () => true
      await collectTraffic(hub)
      assert.equal(alarms(), 1)
    } finally {
      await parts.stop()
      await database.remove()
    }
  })
})
