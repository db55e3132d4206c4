import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('a route that a proxy refuses', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(async () => parts.stop())

  it('does not keep the other routes from a proxy that has lost all', async () => {
    const { hub, proxy, makeReady, log } = parts
    const servers = [await makeReady(), await makeReady(), await makeReady()]
    for (const bad of servers) {
      proxy.restart()
      const [client] = hub.proxies.all
      assert.ok(client)
      const put = client.put
      client.put = async (route) => {
        if (route.path === bad.path) throw new Error('refused')
        await put(route)
      }
      await parts.sync()
      client.put = put
      assert.deepEqual(
        [...proxy.routes.keys()].sort(),
        servers.flatMap(({ path }) => (path === bad.path ? [] : path)).sort(),
      )
    }
    assert.ok(log.some((line) => line.includes('a route could not be brought up to date')))
  })
})
