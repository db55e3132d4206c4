import assert from 'node:assert/strict'
import { endSeats, keepSeat } from '../../../hub/db/seats/seats.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import { routeOf } from '../../../hub/proxies/route.ts'
import { evict, evictions } from '../../../hub/servers/evict.ts'
import { ownRouteSchema } from '../../../seats/route.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('a server with very many ended seats', (makeDatabase) => {
  let parts: Parts
  let seated: Server
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
    seated = await parts.makeReady()
  })
  afterEach(() => parts.stop())

  /** Adds so many ended seats, as a user could by making and revoking tokens. */
  const takeAndEnd = async (count: number) => {
    const { db } = parts.hub
    await keepSeat(db, { session: 'token:one', user: seated.user, server: seated.id, run: seated.run }, 0)
    await db.transaction((trx) => endSeats(trx, { session: 'token:one' }))
    const one = await db('seats').where({ server: seated.id }).first()
    const rows = Array.from({ length: count - 1 }, (_, index) => ({ ...one, id: `seat${index}`, session: `s${index}` }))
    await db.batchInsert('seats', rows, 100)
  }

  it('is stopped long before its route is larger than proxies take', async () => {
    const { hub } = parts
    const other = await parts.makeReady()
    await takeAndEnd(2000)
    await evict(hub, evictions.endedSeats)
    assert.equal((await findServer(hub.db, seated.id))?.state, 'ready', '2000 sign-outs are no reason')
    assert.ok(ownRouteSchema.safeParse(await routeOf(hub, seated)).success)

    await hub.db('seats').insert({ ...(await hub.db('seats').first()), id: 'last', session: 'last' })
    await evict(hub, evictions.endedSeats)
    await until(async () => (await findServer(hub.db, seated.id))?.state === 'stopped')
    assert.equal((await findServer(hub.db, other.id))?.state, 'ready')
  })
})
