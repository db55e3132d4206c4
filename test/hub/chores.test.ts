import assert from 'node:assert/strict'
import { removeUsers } from '../../hub/access/removal.ts'
import { nextRevision } from '../../hub/db/installation.ts'
import { activityOf } from '../../hub/db/servers/activity.ts'
import { findServer, type Server, serversOf } from '../../hub/db/servers/servers.ts'
import { setUserState } from '../../hub/db/users.ts'
import { createHealthCheck } from '../../hub/servers/health/health-check.ts'
import { idlenessOfAll } from '../../hub/servers/idleness.ts'
import { probeQuietServers } from '../../hub/servers/probe.ts'
import { createSweep } from '../../hub/servers/sweep.ts'
import { collectTraffic } from '../../hub/servers/traffic.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'
import type { FakeObject } from '../helpers/fake-spawners.ts'
import { until } from '../helpers/until.ts'
import { openParts, type Parts } from './parts.ts'

const minute = 60_000

onEachDatabase('the chores', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(async () => parts.stop())

  const objectOf = (server: Server) => parts.world.objects.get(`carrel-${server.id}-${server.run}`) as FakeObject
  const isIn = (server: Server, state: string) =>
    until(async () => (await findServer(parts.hub.db, server.id))?.state === state)
  const { signal } = new AbortController()

  describe('sweep', () => {
    it('removes only objects without a row, and those when it has seen them twice', async () => {
      const { hub, world, makeReady } = parts
      const kept = await makeReady()
      const orphan = await makeReady()
      await hub.db('servers').where({ id: orphan.id }).update({ state: 'stopped' })
      const sweep = createSweep(hub)
      await sweep()
      assert.equal(world.objects.size, 2, 'an object that is seen once may be new')
      await sweep()
      assert.deepEqual([...world.objects.keys()], [`carrel-${kept.id}-${kept.run}`])
    })

    it('removes an earlier run beside a running one', async () => {
      const { hub, world, makeReady } = parts
      const server = await makeReady()
      const object = objectOf(server)
      world.objects.set('earlier', { ...object, name: 'earlier', run: 0 })
      const sweep = createSweep(hub)
      await sweep()
      await sweep()
      assert.deepEqual([...world.objects.keys()], [object.name])
    })

    it('removes nothing, and logs an error, when too many objects have no row', async () => {
      const { hub, world, makeReady, log } = parts
      for (let count = 0; count < 4; count += 1) await makeReady()
      await hub.db('servers').update({ state: 'stopped' })
      const sweep = createSweep(hub)
      await sweep()
      await sweep()
      assert.equal(world.objects.size, 4)
      assert.ok(log.some((line) => line.includes('look like a mistake') && line.includes('"level":50')))
    })

    it('keeps an object of a later run than its row has, and raises the run of the row', async () => {
      const { hub, world, makeReady, log } = parts
      const server = await makeReady()
      await hub.db('servers').update({ run: 0, state: 'stopped' })
      await createSweep(hub)()
      assert.equal(world.objects.size, 1)
      assert.equal((await findServer(hub.db, server.id))?.run, 1)
      assert.ok(log.some((line) => line.includes('lost writes')))
    })

    it('goes on when one object cannot be removed', async () => {
      const { hub, world, makeReady } = parts
      for (let count = 0; count < 2; count += 1) await makeReady()
      await hub.db('servers').update({ state: 'stopped' })
      const sweep = createSweep(hub)
      await sweep()
      world.behaviour.stopFailures = 1
      await sweep()
      assert.equal(world.objects.size, 1)
      await sweep()
      assert.equal(world.objects.size, 0)
    })
  })

  describe('health check', () => {
    it('ends a server that has exited at once, and keeps its last output for staff', async () => {
      const server = await parts.makeReady()
      objectOf(server).status = { state: 'exited', code: 137, reason: 'out of memory', lines: ['Killed'] }
      await createHealthCheck(parts.hub)(signal)
      await isIn(server, 'failed')
      const row = await findServer(parts.hub.db, server.id)
      assert.match(row?.failure ?? '', /out of memory/)
      assert.match(row?.failureDetail ?? '', /exit code 137\nKilled/)
      assert.equal(parts.proxy.routes.size, 0)
      assert.equal(parts.world.objects.size, 0)
    })

    it('ends a server that the spawner reports gone twice in a row', async () => {
      const server = await parts.makeReady()
      const object = objectOf(server)
      const check = createHealthCheck(parts.hub)
      for (const status of ['gone', 'running', 'gone'] as const) {
        object.status = { state: status }
        await check(signal)
        assert.equal((await findServer(parts.hub.db, server.id))?.state, 'ready', status)
      }
      await check(signal)
      await isIn(server, 'failed')
    })

    it('ends no server because of an error of the spawner', async () => {
      const server = await parts.makeReady()
      const check = createHealthCheck(parts.hub)
      parts.world.behaviour.pollError = new Error('the engine does not answer')
      await check(signal)
      await check(signal)
      assert.equal((await findServer(parts.hub.db, server.id))?.state, 'ready')
      assert.deepEqual(parts.world.stops, [])
    })
  })

  describe('activity', () => {
    const idlenessOf = async (server: Server) => (await idlenessOfAll(parts.hub, [server]))(server)
    /** Makes proxy and database believe that the last traffic of the server was so long ago. */
    const quietFor = async (server: Server, milliseconds: number) => {
      const route = parts.proxy.routes.get(server.path)
      if (route !== undefined) route.lastActivity = Date.now() - milliseconds
      await parts.hub.db('activity').delete()
      await collectTraffic(parts.hub)
    }

    it('is what proxies have seen, and unknown before they have reported', async () => {
      const server = await parts.makeReady()
      assert.equal((await idlenessOf(server)).activity, 'unknown')
      await quietFor(server, minute)
      const { activity, idleMilliseconds } = await idlenessOf(server)
      assert.deepEqual([activity, idleMilliseconds], ['active', 0])
    })

    it("stays idle while nothing happens, however unevenly the proxy's seconds fall", async () => {
      const server = await parts.makeReady()
      await quietFor(server, 10 * minute)
      await probeQuietServers(parts.hub, signal)
      const route = parts.proxy.routes.get(server.path)
      assert(route !== undefined)
      route.lastActivity += 900
      await collectTraffic(parts.hub)
      assert.equal((await idlenessOf(server)).activity, 'idle')
      route.lastActivity = Date.now()
      await collectTraffic(parts.hub)
      assert.equal((await idlenessOf(server)).activity, 'active')
    })

    it('is asked of the server itself after five quiet minutes', async () => {
      const server = await parts.makeReady()
      await quietFor(server, 10 * minute)
      assert.equal((await idlenessOf(server)).activity, 'unknown')
      await probeQuietServers(parts.hub, signal)
      const { activity, idleMilliseconds = 0, reason } = await idlenessOf(server)
      assert.deepEqual([activity, reason], ['idle', 'no kernel is busy'])
      assert.equal(Math.round(idleMilliseconds / minute), 10)
    })

    const kernel = (execution_state: string) => [{ id: '3f2a9c1e-0000', execution_state }]
    const terminal = (last_activity: string) => [{ name: '1', last_activity }]
    const minutesAgo = (count: number) => new Date(Date.now() - count * minute).toISOString()
    const cases: [string, () => Partial<FakeObject>, string, RegExp, number | undefined][] = [
      ['a busy kernel', () => ({ kernels: kernel('busy') }), 'active', /kernel 3f2a9c1e is busy/, 0],
      ['a kernel that starts', () => ({ kernels: kernel('starting') }), 'active', /is starting/, 0],
      ['an idle kernel', () => ({ kernels: kernel('idle') }), 'idle', /no kernel is busy/, 10],
      ['a dead kernel', () => ({ kernels: kernel('dead') }), 'idle', /no kernel is busy/, 10],
      ['a terminal used of late', () => ({ terminals: terminal(minutesAgo(2)) }), 'idle', /terminals are quiet/, 2],
      ['a terminal in the future', () => ({ terminals: terminal('9999-01-01T00:00:00Z') }), 'idle', /terminals/, 0],
      ['an old terminal', () => ({ terminals: terminal(minutesAgo(60)) }), 'idle', /terminals/, 10],
      ['no terminals in the image', () => ({ terminals: 404 }), 'idle', /no kernel is busy/, 10],
      ['an error', () => ({ kernels: 500 }), 'unknown', /answered 500/, undefined],
      ['a redirect', () => ({ kernels: 302 }), 'unknown', /answered 302/, undefined],
      ['no JSON', () => ({ kernels: '\0<html>\0' }), 'unknown', /did not say/, undefined],
      ['another shape', () => ({ kernels: { busy: false } }), 'unknown', /did not say/, undefined],
      ['more than a megabyte', () => ({ kernels: `"${'x'.repeat(1_100_000)}"` }), 'unknown', /too long/, undefined],
      ['a state with NUL', () => ({ kernels: kernel('bu\0sy') }), 'active', /is busy/, 0],
    ]
    for (const [what, says, activity, reason, idleMinutes] of cases) {
      it(`is ${activity} for ${what}`, async () => {
        const server = await parts.makeReady()
        const other = await parts.makeReady()
        Object.assign(objectOf(server), says())
        for (const one of [server, other]) {
          const route = parts.proxy.routes.get(one.path)
          if (route !== undefined) route.lastActivity = Date.now() - 10 * minute
        }
        await collectTraffic(parts.hub)
        await probeQuietServers(parts.hub, signal)
        const answer = await idlenessOf(server)
        assert.equal(answer.activity, activity)
        assert.match(answer.reason, reason)
        const known = answer.idleMilliseconds === undefined ? undefined : Math.round(answer.idleMilliseconds / minute)
        assert.equal(known, idleMinutes)
        assert.equal((await idlenessOf(other)).activity, 'idle', 'one server changes nothing for another')
      })
    }

    it('is unknown for a server that does not answer', async () => {
      const server = await parts.makeReady()
      await quietFor(server, 10 * minute)
      objectOf(server).listener.close()
      objectOf(server).listener.closeAllConnections()
      await probeQuietServers(parts.hub, signal)
      assert.equal((await idlenessOf(server)).activity, 'unknown')
    })

    it('is unknown while a proxy is out of reach', async () => {
      const server = await parts.makeReady()
      await quietFor(server, 10 * minute)
      await probeQuietServers(parts.hub, signal)
      assert.equal((await idlenessOf(server)).activity, 'idle')
      parts.proxy.broken = true
      await collectTraffic(parts.hub)
      assert.ok(parts.log.some((line) => line.includes('count as active') && line.includes('"level":50')))
      await parts.hub.db('proxies').update({ collected: parts.hub.db.raw('collected - 120000') })
      assert.match((await idlenessOf(server)).reason, /has not told/)
      assert.equal((await idlenessOf(server)).activity, 'unknown')
    })

    it('of a route whose server does not exist is ignored', async () => {
      const server = await parts.makeReady()
      const route = parts.proxy.routes.get(server.path)
      assert.ok(route?.access)
      parts.proxy.routes.set('/user/gone/demo/', { ...route, access: { ...route.access, server: 'gone' } })
      await collectTraffic(parts.hub)
      assert.deepEqual([...(await activityOf(parts.hub.db, [server.id, 'gone'])).keys()], [server.id])
      assert.equal((await idlenessOf(server)).activity, 'active')
    })

    it('of an earlier run says nothing of the next', async () => {
      const server = await parts.makeReady()
      await quietFor(server, 10 * minute)
      assert.equal((await idlenessOf({ ...server, run: 2 })).activity, 'unknown')
    })
  })

  describe('routes', () => {
    it('that a proxy missed are written', async () => {
      const { proxy, makeReady } = parts
      const server = await makeReady()
      const { revision } = proxy.routes.get(server.path) ?? {}
      proxy.restart()
      await parts.sync()
      assert.equal(proxy.routes.get(server.path)?.revision, revision)
      assert.equal(proxy.routes.get(server.path)?.access?.server, server.id)
    })

    it('that should be gone are removed, foreign ones stay', async () => {
      const { proxy, makeReady } = parts
      const server = await makeReady()
      const route = proxy.routes.get(server.path)
      assert.ok(route)
      const foreign = { path: '/other/', target: 'http://127.0.0.1:9', lastActivity: Date.now() }
      proxy.routes.set('/other/', foreign)
      proxy.routes.set('/user/gone/demo/', { ...route, path: '/user/gone/demo/' })
      await parts.sync()
      assert.deepEqual([...proxy.routes.keys()].sort(), ['/other/', server.path])
    })

    it('are left alone when they agree', async () => {
      const { proxy, makeReady } = parts
      await makeReady()
      const before = [...proxy.writes]
      await parts.sync()
      assert.deepEqual(proxy.writes, before)
    })

    it('that have a higher revision at the proxy than in the database are written with one above it', async () => {
      const { hub, proxy, makeReady, log } = parts
      const server = await makeReady()
      const route = proxy.routes.get(server.path)
      assert.ok(route)
      route.revision = 5000
      route.target = 'http://127.0.0.1:9'
      await parts.sync()
      const held = proxy.routes.get(server.path)
      assert.ok((held?.revision ?? 0) > 5000)
      assert.equal(held?.target, server.target)
      assert.ok((await nextRevision(hub.db)) > 5000)
      assert.ok(log.some((line) => line.includes('lost route writes')))
      const writes = proxy.writes.length
      await parts.sync()
      assert.equal(proxy.writes.length, writes)
    })

    it('whose removal the proxy missed are removed, with a revision above the one that it holds', async () => {
      const { hub, proxy, makeReady } = parts
      const server = await makeReady()
      const route = proxy.routes.get(server.path)
      assert.ok(route)
      await hub.db('servers').update({ state: 'stopped' })
      route.revision = 700
      await parts.sync()
      assert.equal(proxy.routes.size, 0)
    })
  })

  describe('removal of users', () => {
    it('removes the rows after the last object, and retries a failed one without keeping others waiting', async () => {
      const { hub, world, makeReady } = parts
      const servers = [await makeReady(), await makeReady()]
      await hub.db('servers').update({ state: 'stopped' })
      for (const { user } of servers) await hub.db.transaction((trx) => setUserState(trx, user, 'deleting'))
      world.behaviour.stopFailures = 1
      await removeUsers(hub)
      const left = await serversOf(
        hub.db,
        servers.map(({ user }) => user),
      )
      assert.equal(left.length, 1)
      assert.equal(world.objects.size, 1)
      await removeUsers(hub)
      assert.deepEqual(await hub.db('users').select('id'), [])
      assert.equal(world.objects.size, 0)
    })

    it('leaves a user alone whose server has been started meanwhile', async () => {
      const { hub, makeReady } = parts
      const { user } = await makeReady()
      await hub.db.transaction((trx) => setUserState(trx, user, 'deleting'))
      await hub.db('servers').update({ state: 'queued' })
      await removeUsers(hub)
      assert.equal((await hub.db('users').select('id')).length, 1)
    })
  })
})
