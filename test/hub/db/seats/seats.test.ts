import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import type { Database } from '../../../../hub/db/dialect.ts'
import { installationId } from '../../../../hub/db/installation.ts'
import { addSeat, endedSeats, endSeats } from '../../../../hub/db/seats/seats.ts'
import { ensureServer } from '../../../../hub/db/servers/server-moves.ts'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'

onEachDatabase('the seats table', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  let server: string
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    await installationId(db)
    const ann = await ensureUser(db, { name: 'ann', kind: 'person', authenticator: 'local', subject: 'ann' })
    const wanted = { user: ann?.id ?? '', course: 'demo', path: '/user/ann/demo/' }
    server = (await db.transaction((trx) => ensureServer(trx, wanted))).id
  })
  afterEach(async () => close())

  it('gives one seat to ten frames that enter at once', async () => {
    const frames = Array.from({ length: 10 }, () => addSeat(db, { session: 'one', user: 'ann', server, run: 1 }))
    assert.equal(new Set((await Promise.all(frames)).map((seat) => seat.id)).size, 1)
  })

  it('gives another session and another run a seat of their own', async () => {
    const seats = [
      await addSeat(db, { session: 'one', user: 'ann', server, run: 1 }),
      await addSeat(db, { session: 'two', user: 'ann', server, run: 1 }),
      await addSeat(db, { session: 'one', user: 'ann', server, run: 2 }),
    ]
    assert.equal(new Set(seats.map((seat) => seat.id)).size, 3)
  })

  it('never returns a seat that a sign-out has ended', async () => {
    const ended = await addSeat(db, { session: 'one', user: 'ann', server, run: 1 })
    assert.deepEqual(await db.transaction((trx) => endSeats(trx, { session: 'one' })), [server])
    assert.notEqual((await addSeat(db, { session: 'one', user: 'ann', server, run: 1 })).id, ended.id)
    assert.deepEqual(await endedSeats(db, [{ id: server, run: 1 }]), new Map([[server, [ended.id]]]))
  })
})
