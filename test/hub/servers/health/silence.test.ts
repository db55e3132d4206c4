import assert from 'node:assert/strict'
import { once } from 'node:events'
import { addReport } from '../../../../hub/db/servers/activity.ts'
import { findServer, type Server } from '../../../../hub/db/servers/servers.ts'
import { areTooMany, createSilenceWatch } from '../../../../hub/servers/health/silence.ts'
import { collectTraffic } from '../../../../hub/servers/traffic.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import type { FakeObject } from '../../../helpers/fake-spawners.ts'
import { until } from '../../../helpers/until.ts'
import { openParts, type Parts } from '../../parts.ts'

onEachDatabase('servers that do not answer', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
    Object.assign(parts.hub.config.activity, { answerSeconds: 0.2 })
  })
  afterEach(async () => parts.stop())

  const never = new AbortController().signal
  const objectOf = (server: Server) => parts.world.objects.get(`carrel-${server.id}-${server.run}`) as FakeObject
  const routeOf = (server: Server) => {
    const route = parts.proxy.routes.get(server.path)
    assert.ok(route !== undefined)
    return route
  }
  const stateOf = async (server: Server) => (await findServer(parts.hub.db, server.id))?.state
  const isIn = (server: Server, state: string) => until(async () => (await stateOf(server)) === state)

  /** Returns servers that have had no traffic for ten minutes, as the database knows. */
  async function quiet(count: number): Promise<Server[]> {
    const servers: Server[] = []
    for (let made = 0; made < count; made += 1) servers.push(await parts.makeReady())
    for (const server of servers) routeOf(server).lastActivity -= 10 * 60_000
    await collectTraffic(parts.hub)
    return servers
  }
  async function frozen(count = 1): Promise<[Server, ...Server[]]> {
    const [first, ...others] = await quiet(count)
    assert.ok(first !== undefined)
    for (const server of [first, ...others]) objectOf(server).isFrozen = true
    return [first, ...others]
  }
  const round = () => {
    const watch = createSilenceWatch(parts.hub)
    return () => watch(never)
  }
  /** Lets servers that answer take as long as they need on a busy machine. */
  const patiently = () => Object.assign(parts.hub.config.activity, { answerSeconds: 60 })
  const freeze = (server: Server) => {
    Object.assign(parts.hub.config.activity, { answerSeconds: 0.2 })
    objectOf(server).isFrozen = true
  }
  const thaw = (server: Server) => {
    patiently()
    objectOf(server).isFrozen = false
  }
  /** Makes a server silent at once, so that a look may wait for others as long as they need. */
  const refuseConnections = (server: Server) => once(objectOf(server).listener.close(), 'close')
  const logged = (text: string) => parts.log.filter((line) => line.includes(text)).length

  it('are ended when two looks running find them silent, and people are told why', async () => {
    const [server] = await frozen()
    const look = round()
    await look()
    assert.equal(await stateOf(server), 'ready')
    await look()
    await isIn(server, 'failed')
    const row = await findServer(parts.hub.db, server.id)
    assert.equal(row?.failure, 'The notebook did not answer any more, so it was ended.')
    assert.match(row?.failureDetail ?? '', /neither the hub nor a proxy \(1\) got an answer in two looks/)
    const { kind, detail } = await parts.hub.db('events').orderBy('id', 'desc').first()
    assert.deepEqual([kind, JSON.parse(detail).reason], ['failed', 'it did not answer'])
    assert.deepEqual(
      parts.hub.counters.silent,
      new Map([
        ['ended', 1],
        ['refused', 0],
      ]),
    )
    assert.equal(parts.world.objects.size, 0)
    assert.equal(parts.proxy.routes.size, 0)
  })

  it('are ended too when nothing takes their connections any more', async () => {
    const [server] = await quiet(1)
    assert.ok(server !== undefined)
    await refuseConnections(server)
    const look = round()
    await look()
    await look()
    await isIn(server, 'failed')
  })

  const spared: [string, (server: Server) => unknown, ((server: Server) => unknown)?][] = [
    ['it answers at the second look', () => undefined, thaw],
    ['it answers with an error', (server) => Object.assign(objectOf(server), { path: '/elsewhere/' }) && thaw(server)],
    ['traffic has passed in between', () => undefined, (server) => (routeOf(server).lastActivity += 5)],
    [
      'it has reported itself in between',
      () => undefined,
      (server) => addReport(parts.hub.db, server.id, server.run, Date.now()),
    ],
    [
      'it has had traffic just now',
      async (server) => {
        routeOf(server).lastActivity = Date.now()
        await collectTraffic(parts.hub)
      },
    ],
    ['its traffic is not known yet', () => parts.hub.db('activity').delete()],
    ['what is known is of an earlier run', () => parts.hub.db('activity').update({ run: 0 })],
    ['a proxy gets an answer, and this hub does not', () => (parts.proxy.hears = true)],
    ['a proxy is out of reach', () => (parts.proxy.broken = true)],
    ['a proxy has no route to it', () => parts.proxy.routes.clear()],
    ['a proxy knows only an earlier run', (server) => Object.assign(routeOf(server).access ?? {}, { run: 0 })],
    ['its spawner says that it has ended', (server) => (objectOf(server).status = { state: 'exited', code: 0 })],
    ['its spawner does not find it', (server) => (objectOf(server).status = { state: 'gone' })],
    ['its spawner cannot be asked', () => (parts.world.behaviour.pollError = new Error('the engine does not answer'))],
    ['there is no proxy', () => parts.hub.proxies.all.splice(0)],
  ]
  for (const [why, before, between = () => undefined] of spared) {
    it(`are left alone when ${why}`, async () => {
      const [server] = await frozen()
      await before(server)
      const look = round()
      await look()
      await between(server)
      await look()
      assert.equal(await stateOf(server), 'ready')
      assert.deepEqual(parts.world.stops, [])
    })
  }

  it('are left alone when they answer late', async () => {
    const [server] = await quiet(1)
    assert.ok(server !== undefined)
    Object.assign(parts.hub.config.activity, { answerSeconds: 60 })
    const look = round()
    for (let looks = 0; looks < 2; looks += 1) {
      const { promise, resolve } = Promise.withResolvers<void>()
      objectOf(server).busy = promise
      const asked = once(parts.world.events, 'asked')
      const looking = look()
      await asked
      resolve()
      await looking
    }
    assert.equal(await stateOf(server), 'ready')
    assert.equal(logged('does not reach'), 0)
  })

  it('need two looks again after one that they have answered', async () => {
    const [server] = await frozen()
    const look = round()
    await look()
    thaw(server)
    await look()
    freeze(server)
    await look()
    assert.equal(await stateOf(server), 'ready')
    await look()
    await isIn(server, 'failed')
  })

  it('need two looks again by a hub that comes after the one of the first look', async () => {
    const [server] = await frozen()
    await round()()
    const next = round()
    await next()
    assert.equal(await stateOf(server), 'ready')
    await next()
    await isIn(server, 'failed')
  })

  it('are ended once when two hubs look at them at the same time', async () => {
    const [server] = await frozen()
    const looks = [round(), round()]
    await Promise.all(looks.map((look) => look()))
    await Promise.all(looks.map((look) => look()))
    await isIn(server, 'failed')
    assert.equal((await parts.hub.db('events').where({ kind: 'failed' })).length, 1)
    assert.equal(parts.world.stops.length, 1)
  })

  it('raise an alarm, and none is ended, when many are silent at once', async () => {
    const servers = await frozen(3)
    const look = round()
    await look()
    await look()
    for (const server of servers) assert.equal(await stateOf(server), 'ready')
    assert.equal(parts.hub.counters.silent.get('refused'), 2)
    assert.equal(logged('so many servers do not answer at once'), 2)
    // The alarm was no look: the one that stays silent gets its two.
    for (const server of servers.slice(1)) thaw(server)
    objectOf(servers[0]).listener.closeAllConnections()
    await refuseConnections(servers[0])
    await look()
    assert.equal(await stateOf(servers[0]), 'ready')
    await look()
    await isIn(servers[0], 'failed')
  })

  it('raise no alarm when many have just ended by themselves', async () => {
    for (const server of await frozen(3)) objectOf(server).status = { state: 'exited', code: 0 }
    await round()()
    assert.equal(parts.hub.counters.silent.get('refused'), 0)
  })

  it('do not hide each other: the one that is silent among others is ended', async () => {
    const [server] = await quiet(3)
    assert.ok(server !== undefined)
    patiently()
    await refuseConnections(server)
    const look = round()
    await look()
    await look()
    await isIn(server, 'failed')
    assert.equal((await parts.hub.db('servers').where({ state: 'ready' })).length, 2)
  })

  it('are said to be out of reach of one hub only, where that is so', async () => {
    await frozen()
    parts.proxy.hears = true
    await round()()
    assert.equal(logged('this hub does not reach servers that its proxies reach'), 1)
  })

  it('make no noise of a proxy that cannot be asked, beyond one line a look', async () => {
    await frozen(2)
    parts.proxy.broken = true
    await round()()
    assert.equal(logged('did not say whether servers answer'), 1)
  })

  it('are not looked at any more by a hub that stops', async () => {
    const [server] = await frozen()
    Object.assign(parts.hub.config.activity, { answerSeconds: 60 })
    const stopping = new AbortController()
    const asked = once(parts.world.events, 'asked')
    const looking = createSilenceWatch(parts.hub)(stopping.signal)
    await asked
    stopping.abort()
    await looking
    assert.equal(await stateOf(server), 'ready')
  })
})

describe('the number of silent servers that is too many', () => {
  const cases: [silent: number, ready: number, tooMany: boolean][] = [
    [0, 0, false],
    [0, 5, false],
    [1, 1, false],
    [1, 2, false],
    [2, 2, true],
    [2, 20, true],
    [2, 21, false],
    [3, 1000, true],
  ]
  for (const [silent, ready, tooMany] of cases) {
    it(`${tooMany ? 'includes' : 'does not include'} ${silent} of ${ready}`, () => {
      assert.equal(areTooMany(silent, ready), tooMany)
    })
  }
})
