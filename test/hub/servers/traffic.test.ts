import assert from 'node:assert/strict'
import { activityOf } from '../../../hub/db/servers/activity.ts'
import { noteDesk, openMilliseconds } from '../../../hub/db/servers/desks.ts'
import { collectTraffic } from '../../../hub/servers/traffic.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('the traffic of servers', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts.stop())

  it('is all that passes, but where a desk is open, without what pages ask by themselves', async () => {
    const { db } = parts.hub
    const server = await parts.makeReady()
    const route = parts.proxy.routes.get(server.path)
    assert.ok(route)
    const at = Date.now()
    Object.assign(route, { lastActivity: at, lastUse: at - 600_000 })
    const since = async () => {
      await db('activity').delete()
      await collectTraffic(parts.hub)
      const { lastActivity = 0 } = (await activityOf(db, [server.id])).get(server.id) ?? {}
      return Math.abs(Math.round((at - lastActivity) / 60_000))
    }
    const desk = { server: server.id, path: '' }
    assert.equal(await since(), 0)
    await noteDesk(db, { ...desk, run: server.run - 1 })
    assert.equal(await since(), 0, 'the desk was of another run')
    await noteDesk(db, { ...desk, run: server.run })
    assert.equal(await since(), 10)
    route.lastUse = undefined
    assert.equal(await since(), 0, 'a proxy of an earlier version tells no use')
    route.lastUse = at - 600_000
    await db('desks').update({ seen: db.raw('seen - ?', [openMilliseconds + 1000]) })
    assert.equal(await since(), 0, 'the desk is closed')
  })
})
