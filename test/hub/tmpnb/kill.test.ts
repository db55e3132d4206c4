import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

const docs = 'https://docs.example.org'
const courses = { demo: { image: 'demo', cors: [docs], spares: 1 } }
const tmpnb = { course: 'demo' }

onEachDatabase('POST /api/spawn', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [moment, dieAt, tokens] of [
    ['with a spare that is claimed', 'a spare has found its user', 0],
    ['before its answer', 'spawned for a program', 1],
  ] as const) {
    it(`makes nothing twice when its hub is killed ${moment}, and leaves what the culler removes`, async () => {
      const all = await openKillWorld(cleanup, makeDatabase)
      const { world, proxy, database, db } = all
      const { child, address } = await startHubProcess(cleanup, all, { courses, tmpnb, dieAt })
      const ready = () => db('servers').where({ state: 'ready' }).whereRaw('spare')
      await until(async () => (await ready()).length === 1)
      const ended = once(child, 'exit')
      const ask = createHttpBrowser(address).fetch('/api/spawn', { method: 'POST', headers: { origin: docs } })
      await assert.rejects(ask)
      await ended
      await letHubsDie({ database, db })
      const next = await startTestHub({ database, world, proxy, config: { courses, tmpnb } })
      cleanup.defer(() => next.stop())
      await until(async () => (await ready()).length === 1)
      const [visitor, ...others] = await db('users').where({ state: 'active' })
      const [server, ...more] = await db('servers').whereRaw('not spare')
      assert.deepEqual([others, more], [[], []])
      assert.deepEqual([server.user, server.state], [visitor.id, 'ready'])
      assert.equal((await db('tokens').where({ user: visitor.id })).length, tokens)
      await until(() => proxy.routes.has(server.path))
      assert.deepEqual([world.made.length, new Set(world.made).size, world.objects.size], [2, 2, 2])

      assert.equal((await cull(next, 'DELETE', `/${visitor.name}/servers/demo`)).status, 202)
      await until(async () => (await db('servers').where({ id: server.id }).first('state')).state === 'stopped')
      await cull(next, 'DELETE', `/${visitor.name}`)
      await until(async () => (await db('users').where({ id: visitor.id })).length === 0)
      assert.equal((await db('tokens').where({ user: visitor.id })).length, 0)
      await until(() => world.objects.size === 1)
      assert.equal(proxy.routes.size, 0)
    })
  }
})
