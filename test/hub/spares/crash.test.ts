import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ConfigInput } from '../../../config/config.ts'
import { forgetSpareFailures } from '../../../hub/db/servers/spares.ts'
import { createTakeOver } from '../../../hub/servers/take-over.ts'
import { refillSpares } from '../../../hub/spares/refill.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'
import { openSpares } from './spares-world.ts'

const courses: ConfigInput['courses'] = { demo: { image: 'demo', spares: 2 } }

onEachDatabase('a hub that ends while spares are made and taken', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  /** Has the hub's statements fail from the one of this number on, as if it had died there. Returns how many it made. */
  function dieAt(db: Awaited<ReturnType<typeof openSpares>>['hub']['db'], number: number) {
    let count = 0
    const listener = ({ sql }: { sql: string }) => {
      if (/^(begin|commit|rollback)/i.test(sql)) return
      count += 1
      if (count >= number) throw new Error('the hub has died here')
    }
    db.client.on('query', listener)
    return () => {
      db.client.removeListener('query', listener)
      return count
    }
  }

  for (const what of ['is claimed', 'is claimed past a dead one', 'is made'] as const) {
    it(`leaves nothing half done, whichever statement was the last when one ${what}`, async () => {
      const { hub, settle, visitor, open: click } = await openSpares(cleanup, await makeDatabase(), { courses })
      const { db } = hub
      const takeOver = createTakeOver(hub)
      const isClaim = what !== 'is made'
      const isSound = async () => {
        const servers = await db('servers').select('id', 'user', 'spare', 'told_user', 'path')
        const users = await db('users').select('id', 'name', 'state')
        for (const { user, spare } of servers)
          assert.equal(users.find(({ id }) => id === user)?.state, spare ? 'spare' : 'active')
        const spareUsers = users.filter(({ state }) => state === 'spare').map(({ id }) => id)
        const owners = servers.filter(({ spare }) => spare).map(({ user }) => user)
        assert.deepEqual(spareUsers.sort(), owners.sort(), 'each spare has its user, and each such user has one')
      }
      let number = 1
      for (let isOver = false; !isOver; number += 1) {
        await until(async () => {
          await takeOver()
          return (await db('servers').where({ state: 'stopping' })).length === 0
        })
        if (isClaim) await settle()
        if (what === 'is claimed past a dead one') {
          // No pause after the one that has just failed.
          await forgetSpareFailures(db, 'demo')
          await settle()
          const [dead] = await db('servers')
            .whereRaw('spare')
            .where({ state: 'ready' })
            .orderBy('started')
            .orderBy('id')
            .pluck('id')
          await db('servers').where({ id: dead }).update({ target: 'http://127.0.0.1:1' })
        }
        const user = await visitor()
        const back = dieAt(db, number)
        const act = isClaim ? click(user) : refillSpares(hub, new AbortController().signal)
        await act.then(
          () => undefined,
          () => undefined,
        )
        isOver = back() < number
        await isSound()
        assert.ok(number < 100)
        if (isClaim && !isOver) {
          // The visitor comes again, to the hub that goes on.
          const server = await click(user)
          assert.equal((await db('servers').where({ user: user.id })).length, 1)
          assert.ok(['ready', 'queued'].includes(server.state))
        }
      }
      assert.ok(number > 10, `${number} statements`)
      await settle()
      await forgetSpareFailures(db, 'demo')
      await settle()
      assert.equal((await db('servers').whereRaw('spare').where({ state: 'ready' })).length, 2)
    })
  }

  it('by kill -9 between a claim and its route leaves the server to its user and to nobody else', async () => {
    const all = await openKillWorld(cleanup, makeDatabase)
    const { world, proxy, database, db } = all
    const { child, address } = await startHubProcess(cleanup, all, { courses })
    const ready = () => db('servers').where({ state: 'ready' }).whereRaw('spare')
    await until(async () => (await ready()).length === 2)
    proxy.broken = true
    const browser = createHttpBrowser(address)
    const opened = browser.open('/launch/demo').catch(() => undefined)
    await until(async () => (await db('servers').whereRaw('not spare')).length === 1)
    await kill(child)
    await opened
    assert.equal(proxy.routes.size, 0)
    proxy.broken = false
    const [taken] = await db('servers').whereRaw('not spare')
    assert.equal(taken.state, 'ready')
    await letHubsDie({ database, db })
    const next = await startTestHub({ database, world, proxy, config: { courses } })
    cleanup.defer(() => next.stop())
    await until(() => proxy.routes.has(taken.path))
    const again = createHttpBrowser(next.address)
    for (const [name, value] of browser.jar) again.jar.set(name, value)
    const { ticket } = await again.enter('/launch/demo')
    assert.ok(ticket)
    assert.deepEqual(await db('servers').whereRaw('not spare').pluck('id'), [taken.id])
    await until(async () => (await ready()).length === 2)
    assert.equal(world.made.length, 3)
  })

  for (const moment of ['made', 'started'] as const) {
    it(`by kill -9 when the object of a spare is ${moment} leaves it to the next hub`, async () => {
      const all = await openKillWorld(cleanup, makeDatabase)
      const { world, proxy, database, db } = all
      const wait = Promise.withResolvers<void>()
      if (moment === 'made') world.behaviour.beforeStart = wait.promise
      else world.behaviour.isMute = true
      const reached = once(world.events, moment)
      const { child } = await startHubProcess(cleanup, all, { courses })
      await reached
      await kill(child)
      delete world.behaviour.beforeStart
      world.behaviour.isMute = false
      wait.resolve()
      await letHubsDie({ database, db })
      const next = await startTestHub({ database, world, proxy, config: { courses } })
      cleanup.defer(() => next.stop())
      await until(async () => (await db('servers').where({ state: 'ready' }).whereRaw('spare')).length === 2)
      assert.equal(new Set(world.made).size, world.made.length)
      assert.equal((await db('servers')).length, 2)
      assert.equal((await db('users')).length, 2)
      assert.equal(world.objects.size, 2)
    })
  }
})

onPostgresql('two hubs', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('that give spares away at once give each to one user', async () => {
    const database = await makeDatabase()
    const many = { courses: { demo: { image: 'demo', spares: 8 } } }
    const one = await openSpares(cleanup, database, many)
    const other = await openSpares(cleanup, database, many)
    await one.settle()
    await one.settle()
    const ready = await one.hub.db('servers').where({ state: 'ready' }).whereRaw('spare').pluck('id')
    const users = await Promise.all(Array.from({ length: 12 }, () => one.visitor()))
    const servers = await Promise.all(users.map((user, index) => (index % 2 === 0 ? one : other).open(user)))
    const taken = servers.filter(({ toldUser }) => toldUser !== undefined).map(({ id }) => id)
    assert.equal(new Set(taken).size, taken.length)
    assert.deepEqual(taken.sort(), ready.sort())
    assert.equal(new Set(servers.map(({ user }) => user)).size, 12)
  })
})
