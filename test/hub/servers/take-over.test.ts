import assert from 'node:assert/strict'
import { createTakeOver } from '../../../hub/servers/take-over.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('the servers of a hub that has died', (makeDatabase) => {
  let parts: Parts
  afterEach(() => parts.stop())

  it('are taken over by another, also where the row of one of them cannot be read', async () => {
    parts = await openParts(await makeDatabase())
    const { hub, log } = parts
    const { db } = hub
    const servers = [await parts.makeReady(), await parts.makeReady(), await parts.makeReady()]
    const ids = servers.map(({ id }) => id)
    const broken = (await db('servers').orderBy('id').pluck('id'))[0]
    await db('servers').update({ state: 'stopping', owner: 'dead' })
    await db('servers').where({ id: broken }).update({ spawner_state: 'not JSON' })
    const takeOver = createTakeOver(hub)
    await takeOver()
    const states = async () => new Map((await db('servers').select('id', 'state')).map(({ id, state }) => [id, state]))
    await until(async () => [...(await states()).values()].filter((state) => state === 'stopped').length === 2)
    assert.equal((await states()).get(broken), 'stopping')
    const told = () => log.filter((line) => line.includes('could not take over') && line.includes(broken)).length
    await takeOver()
    assert.equal(told(), 1, 'it has its turn again later')
    assert.ok(ids.includes(broken))
  })
})
