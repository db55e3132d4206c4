import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import type { Database } from '../../../../hub/db/dialect.ts'
import { forgetHub, renewHub } from '../../../../hub/db/hubs.ts'
import { installationId, nextRevision } from '../../../../hub/db/installation.ts'
import { addGuest, guestsOf } from '../../../../hub/db/seats/guests.ts'
import { createReadiness } from '../../../../hub/db/servers/readiness.ts'
import {
  abandonedServers,
  becomeReady,
  beginStarts,
  beginStop,
  endStop,
  ensureServer,
  extendHold,
  type Hold,
  moveRevision,
  queueServer,
  raiseRun,
  takeServer,
  wantRestart,
  writeHeld,
} from '../../../../hub/db/servers/server-moves.ts'
import { findServer, type Server, serversOf } from '../../../../hub/db/servers/servers.ts'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { keepMadeOf } from '../../keep-made-of.ts'

const minute = 60_000

onEachDatabase('the servers table', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  let id: string
  let madeOf: string
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    await installationId(db)
    madeOf = await keepMadeOf(db)
    for (const hub of ['me', 'other']) await renewHub(db, hub)
    const user = { name: 'ann', kind: 'person' as const, authenticator: 'local', subject: 'ann' }
    const ann = await ensureUser(db, user)
    const wanted = { user: ann?.id ?? '', course: 'demo', path: '/user/ann/demo/' }
    id = (await db.transaction((trx) => ensureServer(trx, wanted))).id
  })
  afterEach(async () => close())

  const row = async () => (await findServer(db, id)) as Server
  const queue = (server: Server) => db.transaction((trx) => queueServer(trx, 'me', server, { kid: 'k1', madeOf }))
  const begin = async (hub: string, server: Server) =>
    (await db.transaction((trx) => beginStarts(trx, hub, [server], minute)))[0]?.hold
  const wantsRestart = (server: Server) => db.transaction((trx) => wantRestart(trx, server))
  const queued = async () => {
    await queue(await row())
    return row()
  }
  const starting = async (): Promise<Hold> => {
    const hold = await begin('me', await queued())
    assert.ok(hold)
    return hold
  }
  const ready = async () => {
    const hold = await starting()
    await writeHeld(db, hold, { target: 'http://127.0.0.1:1', spawnerState: { object: 'x' } })
    const [server] = await db.transaction(async (trx) => becomeReady(trx, [hold], await nextRevision(trx)))
    return server
  }
  const stopping = async (restart = false): Promise<Hold> => {
    const from = await row()
    const begun = await db.transaction((trx) => beginStop(trx, 'me', from, { restart }, minute))
    assert.ok(begun)
    return begun.hold
  }
  const end = (hold: Hold) => db.transaction((trx) => endStop(trx, hold, { kid: 'k2', madeOf: undefined }))

  it('moves a server from stopped over queued, starting, ready and stopping to stopped', async () => {
    assert.deepEqual([(await row()).state, (await row()).run], ['stopped', 0])
    const first = await ready()
    assert.deepEqual([first?.state, first?.run, first?.kid, first?.owner], ['ready', 1, 'k1', undefined])
    const stopped = await end(await stopping())
    assert.deepEqual(
      [stopped?.state, stopped?.run, stopped?.target, stopped?.spawnerState],
      ['stopped', 1, undefined, undefined],
    )
    assert.equal((await queued()).run, 2)
  })

  it('raises the run with each queueing, and queues only a server at rest', async () => {
    const seen = await row()
    await queue(seen)
    await queue(seen)
    await queue(await row())
    assert.equal((await row()).run, 1)
    await end(await stopping(true))
    const again = await row()
    assert.deepEqual([again.state, again.run, again.kid, again.restart, again.owner], ['queued', 2, 'k2', false, 'me'])
  })

  it('ends a server as failed and keeps the reason until the next run', async () => {
    await starting()
    const from = await row()
    const failure = { failure: 'no room\0', failureDetail: `\0${'x'.repeat(20_000)}` }
    const begun = await db.transaction((trx) => beginStop(trx, 'me', from, failure, minute))
    const ended = await end(begun?.hold as Hold)
    assert.deepEqual([ended?.state, ended?.failure, ended?.failureDetail?.length], ['failed', 'no room', 10_000])
    assert.equal((await queued()).failure, undefined)
  })

  it('remembers a launch that came while it stopped', async () => {
    await ready()
    const hold = await stopping()
    assert.equal(await wantsRestart(await row()), true)
    assert.deepEqual([(await end(hold))?.state, (await row()).run], ['queued', 2])
    assert.equal(await wantsRestart(await row()), false, 'only while it stops')
  })

  it('changes nothing for a lost epoch or a wrong owner', async () => {
    const hold = await starting()
    const wrong: Hold[] = [
      { ...hold, epoch: hold.epoch - 1 },
      { ...hold, epoch: hold.epoch + 1 },
      { ...hold, owner: 'other' },
    ]
    const before = await row()
    for (const one of wrong) {
      assert.equal(await writeHeld(db, one, { target: 'http://evil' }), false)
      assert.equal(await extendHold(db, one, minute), false)
      assert.deepEqual(await db.transaction((trx) => becomeReady(trx, [one], 9)), [])
      assert.equal(await end(one), undefined)
    }
    assert.equal(await end(hold), undefined, 'a start cannot end a stop')
    assert.deepEqual(await row(), before)
  })

  it('lets a stop win over the start that holds the row', async () => {
    const hold = await starting()
    await stopping()
    assert.equal(await writeHeld(db, hold, { phase: 'starting' }), false)
    assert.deepEqual(await db.transaction((trx) => becomeReady(trx, [hold], 9)), [])
    assert.equal((await row()).state, 'stopping')
  })

  it('begins no stop of a row that has moved, that has another run, or that stops already', async () => {
    await ready()
    const from = await row()
    const begin = (seen: Pick<Server, 'id' | 'epoch' | 'run'>) =>
      db.transaction((trx) => beginStop(trx, 'me', seen, {}, minute))
    assert.equal(await begin({ ...from, epoch: from.epoch - 1 }), undefined)
    assert.equal(await begin({ ...from, run: 7 }), undefined)
    assert.ok(await begin(from))
    assert.equal(await begin(await row()), undefined)
  })

  it('gives a server of a living owner to another only after its deadline', async () => {
    await starting()
    assert.equal(await takeServer(db, 'other', await row()), undefined)
    assert.deepEqual(await abandonedServers(db, 'other', [], 10), [])
    await db('servers').update({ deadline: 1 })
    assert.equal((await abandonedServers(db, 'other', [], 10)).length, 1)
    assert.ok(await takeServer(db, 'other', await row()))
  })

  it('gives a server of a dead owner, and of one that has left, to another', async () => {
    await starting()
    await db('hubs')
      .where({ id: 'me' })
      .update({ seen: db.raw('seen - 31000') })
    const hold = await takeServer(db, 'other', await row())
    assert.deepEqual([hold?.owner, (await row()).owner], ['other', 'other'])
    await forgetHub(db, 'other')
    assert.ok(await takeServer(db, 'third', await row()))
  })

  it('gives a server back to its owner unless the owner is busy with it', async () => {
    await starting()
    assert.deepEqual(await abandonedServers(db, 'me', [id], 10), [])
    assert.equal((await abandonedServers(db, 'me', [], 10)).length, 1)
    assert.ok(await takeServer(db, 'me', await row()))
  })

  it('gives a server to one of many hubs that race for it', async () => {
    await starting()
    await forgetHub(db, 'me')
    const seen = await row()
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => takeServer(db, `hub${i}`, seen)))
    assert.equal(racers.filter(Boolean).length, 1)
    assert.equal((await row()).epoch, seen.epoch + 1)
  })

  it('lets one of many hubs that race for it start a server', async () => {
    const seen = await queued()
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => begin(`hub${i}`, seen)))
    assert.equal(racers.filter(Boolean).length, 1)
  })

  /** Queues two more servers of the same user, and returns all three. */
  const three = async () => {
    const { user } = await queued()
    for (const course of ['second', 'third']) {
      const want = { user, course, path: `/user/ann/${course}/` }
      await queue(await db.transaction((trx) => ensureServer(trx, want)))
    }
    return serversOf(db, [user])
  }
  const states = async (user: string) => (await serversOf(db, [user])).map(({ state }) => state)

  it('starts many at once, and leaves those that have moved since they were seen', async () => {
    const seen = await three()
    const [first, second, third] = seen
    assert.ok(first && second && third)
    await db.transaction((trx) => beginStop(trx, 'other', second, {}, minute))
    const begun = await db.transaction((trx) => beginStarts(trx, 'me', seen, minute))
    assert.deepEqual(new Set(begun.map(({ hold }) => hold.id)), new Set([first.id, third.id]))
    for (const { hold, server } of begun) {
      assert.deepEqual([hold.owner, hold.epoch, server.state], ['me', first.epoch + 1, 'starting'])
      assert.equal(await writeHeld(db, hold, { phase: 'starting' }), true)
    }
    assert.deepEqual(await states(first.user), ['starting', 'stopping', 'starting'])
  })

  it('starts none of a list of none', async () => {
    const { user } = await queued()
    assert.deepEqual(await db.transaction((trx) => beginStarts(trx, 'me', [], minute)), [])
    assert.deepEqual(await states(user), ['queued'])
  })

  it('makes many ready at once, except those whose hold is lost, and gives each hold its own row', async () => {
    const seen = await three()
    const holds = (await db.transaction((trx) => beginStarts(trx, 'me', seen, minute))).map(({ hold }) => hold)
    const [first, second, third] = holds
    assert.ok(first && second && third)
    const lost = await findServer(db, second.id)
    assert.ok(lost)
    await db.transaction((trx) => beginStop(trx, 'other', lost, {}, minute))
    const guest = { server: first.id, user: lost.user, role: 'share' as const }
    await db.transaction((trx) => addGuest(trx, guest))
    const makeReady = createReadiness(db)
    const rows = await Promise.all([third, second, first].map(makeReady))
    assert.deepEqual(
      rows.map((one) => one?.id),
      [third.id, undefined, first.id],
    )
    assert.ok(rows.every((one) => one === undefined || one.revision > lost.revision))
    assert.deepEqual(await guestsOf(db, first.id), [])
    const events: { server: string; run: number; user: string }[] = await db('events').where({ kind: 'started' })
    assert.deepEqual(
      new Set(events.map(({ server, run, user }) => `${server} ${run} ${user}`)),
      new Set([first, third].map((hold) => `${hold.id} 1 ${lost.user}`)),
    )
  })

  it('refuses the holds of two hubs in one statement', async () => {
    const hold = await starting()
    const both = [hold, { ...hold, owner: 'other' }]
    await assert.rejects(
      db.transaction((trx) => becomeReady(trx, both, 9)),
      /several hubs/,
    )
    assert.equal((await row()).state, 'starting')
  })

  it('makes one row for ten requests at once', async () => {
    const { user } = await row()
    const want = { user, course: 'third', path: '/user/ann/third/' }
    const rows = await Promise.all(Array.from({ length: 10 }, () => db.transaction((trx) => ensureServer(trx, want))))
    assert.equal(new Set(rows.map((one) => one.id)).size, 1)
  })

  it('hands out strictly rising revisions, also to many at once', async () => {
    await ready()
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        db.transaction(async (trx) => (i % 2 === 0 ? nextRevision(trx) : (await moveRevision(trx, id))?.revision)),
      ),
    )
    assert.equal(new Set(taken).size, 20)
    const { revision } = await row()
    const stop = await db.transaction((trx) => beginStop(trx, 'me', { id, epoch: 0, run: 1 }, {}, minute))
    assert.equal(stop, undefined)
    await stopping()
    assert.ok((await row()).revision > revision)
  })

  it('raises a run that the database has lost, only at rest and only upwards', async () => {
    await raiseRun(db, id, 7)
    await raiseRun(db, id, 3)
    assert.equal((await row()).run, 7)
    await ready()
    await raiseRun(db, id, 20)
    assert.equal((await row()).run, 8)
  })
})
