import assert from 'node:assert/strict'
import type Koa from 'koa'
import { addSeat, endSeatsAt } from '../../../hub/db/seats/seats.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { deskCalling, requireDesk } from '../../../hub/desk/caller.ts'
import type { HttpError } from '../../../hub/errors.ts'
import { writeDeskSeat } from '../../../seats/desk.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('the caller of the strip’s API', (makeDatabase) => {
  let parts: Parts
  let server: Server
  let seat: string
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
    server = await parts.makeReady()
    seat = await seatOf(server.user)
  })
  afterEach(() => parts.stop())

  const seatOf = async (user: string) =>
    (await addSeat(parts.hub.db, { session: `of ${user}`, user, server: server.id, run: server.run })).id

  /** Returns the status and code with which a request is refused, or the caller. */
  const call = async (header: string, kind: 'proxy' | 'culler' | 'none' = 'proxy') => {
    const ctx = { state: kind === 'none' ? {} : { caller: { kind } }, get: () => header } as unknown as Koa.Context
    try {
      await requireDesk(parts.hub)(ctx as Parameters<Koa.Middleware>[0], async () => undefined)
      const { server, user, seat } = deskCalling(ctx)
      return [server.id, user.id, seat]
    } catch (error) {
      return [(error as HttpError).status, (error as HttpError).code]
    }
  }
  const told = (changes: object = {}) =>
    writeDeskSeat({ server: server.id, run: server.run, user: server.user, seat, ...changes })

  it('is the owner of a server that runs, for whose seat a proxy asks', async () => {
    assert.deepEqual(await call(told()), [server.id, server.user, seat])
  })

  it('is judged anew, whatever the proxy has judged', async () => {
    const other = (await parts.makeUser()).id
    const others = await seatOf(other)
    assert.deepEqual(await call(told(), 'culler'), [403, 'bad_token'])
    assert.deepEqual(await call(told(), 'none'), [403, 'bad_token'])
    for (const header of ['', 'x', Buffer.from('{}').toString('base64url'), told({ admin: true }).slice(0, -4)])
      assert.deepEqual(await call(header), [400, 'bad_seat'])
    assert.deepEqual(await call(told({ run: server.run + 1 })), [410, 'stopped'])
    assert.deepEqual(await call(told({ server: 'gone' })), [410, 'stopped'])
    assert.deepEqual(await call(told({ user: other })), [403, 'seat_ended'])
    assert.deepEqual(await call(told({ user: other, seat: others })), [403, 'seat_ended'])
    assert.deepEqual(await call(told({ seat: others })), [403, 'seat_ended'])
  })

  it('is no one whose seat has ended, who is blocked, or whose server stops', async () => {
    const { db } = parts.hub
    await db('users').where({ id: server.user }).update({ state: 'blocked' })
    assert.deepEqual(await call(told()), [403, 'seat_ended'])
    await db('users').where({ id: server.user }).update({ state: 'active' })
    await db('servers').where({ id: server.id }).update({ state: 'stopping' })
    assert.deepEqual(await call(told()), [410, 'stopped'])
    await db('servers').where({ id: server.id }).update({ state: 'ready' })
    assert.deepEqual(await call(told()), [server.id, server.user, seat])
    await db.transaction((trx) => endSeatsAt(trx, server.id, [server.user]))
    assert.deepEqual(await call(told()), [403, 'seat_ended'])
  })
})
