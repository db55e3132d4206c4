import assert from 'node:assert/strict'
import { once } from 'node:events'
import { putImages } from '../../../hub/db/images/images.ts'
import { beginMaintenance, endMaintenance } from '../../../hub/db/installation.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { drainSpares } from '../../../hub/servers/spares/drain.ts'
import { seekRoom } from '../../../hub/servers/spares/give-way.ts'
import { createSpareLook } from '../../../hub/servers/spares/look.ts'
import { poolOf } from '../../../hub/servers/spares/pool.ts'
import { refillSpares } from '../../../hub/spares/refill.ts'
import { SpawnError } from '../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'
import { openSpares, twoSpares } from './spares-world.ts'

onEachDatabase('the spares of courses', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const open = async (config = {}) => openSpares(cleanup, await makeDatabase(), config)

  it('take the places that are left, and give way to a person who waits for one', async () => {
    const {
      hub,
      settle,
      round,
      states,
      visitor,
      open: click,
      now,
    } = await open({
      limits: { servers: 2 },
      courses: { demo: { image: 'demo', spares: 4 }, other: { image: 'other' } },
    })
    await settle()
    await round()
    assert.deepEqual(await states(), ['ready', 'ready'])
    const server = await click(await visitor(), 'other')
    await until(async () => {
      await hub.admission.admit()
      return (await now(server)).state === 'ready'
    })
    await until(async () => (await states()).join() === 'ready,stopped' || (await states()).join() === 'stopped,ready')
    await settle()
    assert.deepEqual(await states(), ['ready'], 'and none comes back while there is no place')
  })

  it('stay, and are made, while visitors wait who have their share, and give way to a person with an account', async () => {
    const {
      hub,
      settle,
      round,
      states,
      visitor,
      person,
      open: click,
      now,
    } = await open({
      authenticators: visitorsAndPeople(),
      limits: { servers: 4 },
      courses: { demo: { image: 'demo', spares: 1 }, other: { image: 'other' } },
    })
    await settle()
    const isReady = (server: Server) =>
      until(async () => {
        await hub.admission.admit()
        return (await now(server)).state === 'ready'
      })
    for (let count = 0; count < 3; count += 1) await isReady(await click(await visitor(), 'other'))
    const late = await click(await visitor(), 'other')
    await hub.admission.admit()
    assert.deepEqual(await states(), ['ready'])
    await drainSpares(hub, 'demo', 'tests')
    await until(async () => (await states()).join() === 'stopped')
    await round()
    await until(async () => (await states()).join() === 'ready')
    assert.equal((await now(late)).state, 'queued')
    await isReady(await click(await person(), 'other'))
    assert.deepEqual(await states(), ['stopped'])
  })

  it('give their room to a person whose server finds none, one for each, and none is made meanwhile', async () => {
    const { hub, settle, round, states, visitor, open: click, now } = await open()
    await settle()
    const { spawner } = hub
    const start = spawner.start.bind(spawner)
    const hasGone = async () => (await states()).includes('stopped')
    const goOn = Promise.withResolvers<void>()
    spawner.start = async (spec, context) => {
      context.report({ phase: 'creating', lacksRoom: true })
      await until(hasGone)
      context.report({ phase: 'creating' })
      await goOn.promise
      return start(spec, context)
    }
    const server = await click(await visitor(), 'other')
    await until(hasGone)
    assert.deepEqual((await states()).toSorted(), ['ready', 'stopped'])
    await hub
      .db('servers')
      .where({ id: server.id })
      .update({ queued: hub.db.raw('queued - 10000') })
    await round()
    assert.deepEqual(await states(), ['ready'])
    goOn.resolve()
    await until(async () => (await now(server)).state === 'ready')
    spawner.start = start
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
  })

  it('keep their room where a spare finds none', async () => {
    const { hub, settle, states } = await open({ courses: { demo: { image: 'demo', spares: 1 } } })
    await settle()
    const [row] = await hub.db('servers').whereRaw('spare')
    const room = seekRoom(hub, { ...(row as Server), spare: true })
    room.note(true)
    assert.equal(hub.spareUses.lackRoom.starts.size, 0)
    room.stop()
    assert.deepEqual(await states(), ['ready'])
  })

  it('are not made any more once a round is to end', async () => {
    const { hub, states } = await open()
    const over = new AbortController()
    hub.db.on('query', ({ sql }: { sql: string }) => {
      if (sql.startsWith('insert into') && sql.includes('servers')) over.abort()
    })
    await refillSpares(hub, over.signal)
    await hub.tasks.stop()
    assert.equal((await states()).length, 1)
  })

  it('are not made any more once the hub stops its servers', async () => {
    const hub = await startTestHub({ database: await makeDatabase(), config: { courses: twoSpares } })
    cleanup.defer(() => hub.stop())
    const spares = () => hub.db('servers').orderBy('id').select('id', 'run', 'state')
    await until(async () => (await spares()).filter(({ state }) => state === 'ready').length === 2)
    const goOn = Promise.withResolvers<void>()
    hub.world.behaviour.beforeStop = goOn.promise
    const reached = once(hub.world.events, 'stopping')
    await hub.db('servers').update({ state: 'stopped' })
    // Now a round takes away what is left of the first of them, and would then make others.
    await reached
    const order: string[] = []
    const stopped = hub.stopServers(5).then(() => order.push('all are stopped'))
    for (let count = 0; count < 3; count += 1) await hub.browser().fetch('/hub/health')
    order.push('the round goes on')
    goOn.resolve()
    await stopped
    assert.deepEqual(order, ['the round goes on', 'all are stopped'])
    assert.deepEqual(new Set((await spares()).map(({ state }) => state)), new Set(['stopped']))
  })

  it('are not made while a person waits in the queue', async () => {
    const { hub, round, states, visitor, open: click } = await open({ limits: { startsAtOnce: 1 } })
    const wait = Promise.withResolvers<void>()
    hub.spawner.start = async () => {
      await wait.promise
      throw new SpawnError('There is no room left.')
    }
    await click(await visitor(), 'other')
    await click(await visitor(), 'other')
    await round()
    assert.deepEqual(await states(), [])
    wait.resolve()
    await hub.tasks.stop()
  })

  it('are replaced when the course changes, and when they are drained', async () => {
    const { hub, settle, states, objectOf, course } = await open()
    await settle()
    const before = await hub.db('servers').pluck('id')
    hub.courses.all = { ...hub.courses.all, demo: { ...course(), image: 'newer' } }
    await settle()
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    const after = await hub.db('servers').select('id', 'run')
    assert.equal(after.filter(({ id }) => before.includes(id)).length, 0)
    for (const server of after) assert.equal(objectOf(server).spec.image, 'newer')
    assert.equal(await drainSpares(hub, 'demo', 'tests'), 2)
    await settle()
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    const last = await hub.db('servers').pluck('id')
    assert.equal(last.filter((id) => after.some((one) => one.id === id)).length, 0)
    assert.equal(
      await hub
        .db('users')
        .where({ state: 'spare' })
        .count({ count: '*' })
        .then(([row]) => Number(row?.count)),
      2,
    )
  })

  it('end with maintenance, and with the course', async () => {
    const { hub, world, settle, states, course } = await open()
    await settle()
    await beginMaintenance(hub.db, '')
    await settle()
    await settle()
    assert.deepEqual(await states(), [])
    assert.equal(world.objects.size, 0)
    await endMaintenance(hub.db)
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    hub.courses.all = { ...hub.courses.all, demo: { ...course(), halted: 'archived' } }
    await settle()
    await settle()
    assert.deepEqual(await states(), [])
    hub.courses.all = { ...hub.courses.all, demo: { ...course(), halted: undefined as never } }
    await settle()
    const { demo: _, ...others } = hub.courses.all
    hub.courses.all = others
    await settle()
    await settle()
    assert.deepEqual(await states(), [])
  })

  it('that are too old go when others are ready', async () => {
    const { hub, settle, states, age } = await open({
      courses: { demo: { image: 'demo', spares: { count: 1, maxAgeSeconds: 3600 } } },
    })
    await settle()
    const [old] = await hub.db('servers').pluck('id')
    await age(3_700_000)
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    await settle()
    await settle()
    assert.deepEqual(await states(), ['ready'])
    assert.equal(await hub.db('servers').where({ id: old }).first('id'), undefined)
  })

  it('of an image whose name stands for another one by now go, where there is one engine', async () => {
    const { hub, settle, states } = await open()
    await settle()
    await hub.db('servers').update({ image: 'sha256:before' })
    const look = createSpareLook(hub)
    const found = async (id: string, all: number) => {
      await putImages(hub.db, [{ image: 'demo', id, places: { having: all, all } }], { by: 'fetch' })
      await look(new AbortController().signal)
      await until(async () => !(await states()).includes('stopping'))
      return states()
    }
    assert.deepEqual(await found('sha256:before', 1), ['ready', 'ready'])
    assert.deepEqual(await found('sha256:after', 2), ['ready', 'ready'])
    assert.deepEqual(await found('sha256:after', 1), ['stopped', 'stopped'])
    await settle()
    await hub.db('servers').update({ image: 'sha256:later', started: hub.db.raw('started + 60000') })
    assert.deepEqual(await found('sha256:after', 1), ['ready', 'ready'], 'they may have started after the look')
  })

  it('that answer in neither of two looks go, but not many at once', async () => {
    const { hub, settle, states } = await open({ courses: { demo: { image: 'demo', spares: 3 } } })
    await settle()
    const look = createSpareLook(hub)
    const twice = async () => {
      for (let round = 0; round < 2; round += 1) await look(new AbortController().signal)
    }
    const all: { id: string; target: string }[] = await hub.db('servers').select('id', 'target')
    await hub.db('servers').update({ target: 'http://127.0.0.1:1' })
    await twice()
    assert.deepEqual(await states(), ['ready', 'ready', 'ready'])
    const [first, ...others] = all
    for (const { id, target } of others) await hub.db('servers').where({ id }).update({ target })
    await look(new AbortController().signal)
    assert.deepEqual(await states(), ['ready', 'ready', 'ready'])
    await look(new AbortController().signal)
    await until(async () => !(await states()).includes('stopping'))
    assert.equal((await hub.db('servers').where({ id: first?.id }).first('state')).state, 'failed')
    assert.equal((await states()).filter((state) => state === 'ready').length, 2)
  })

  it('that do not start are tried ever less often, and staff see why', async () => {
    const { hub, world, settle, round, states, course } = await open()
    world.behaviour.startError = new SpawnError('There is no room left.', { detail: 'disk full' })
    await settle()
    assert.deepEqual(await states(), ['failed', 'failed'])
    await round()
    assert.deepEqual(await states(), [], 'what failed is gone, and none is made at once')
    const { problem } = (await poolOf(hub, course())) ?? {}
    assert.deepEqual([problem?.failures, problem?.failure, problem?.detail], [2, 'There is no room left.', 'disk full'])
    await round()
    assert.deepEqual(await states(), [])
    await hub.db('spares').update({ failed: hub.db.raw('failed - 10000') })
    await settle()
    assert.deepEqual(await states(), ['failed'], 'one tries')
    delete world.behaviour.startError
    await round()
    await hub.db('spares').update({ failed: hub.db.raw('failed - 60000') })
    await settle()
    await settle()
    await settle()
    assert.deepEqual(await states(), ['ready', 'ready'])
    assert.equal((await poolOf(hub, course()))?.problem, undefined)
    const events = await hub.db('events').pluck('kind')
    assert.deepEqual(events, [], 'history is about users')
  })
})
