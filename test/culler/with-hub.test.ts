import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { pino } from 'pino'
import { type Culler, startCuller } from '../../culler/culler.ts'
import { sqliteDatabase } from '../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../helpers/fake-proxy.ts'
import { createFakeServers } from '../helpers/fake-spawners.ts'
import { secrets, startTestHub, type TestHub, type TestHubOptions } from '../helpers/test-hub.ts'
import { until } from '../helpers/until.ts'

describe('culler with a real hub', () => {
  let hub: TestHub
  let culler: Culler | undefined
  const lines = new EventEmitter()

  const activity = { collectSeconds: 0.05, quietSeconds: 0.05, probeSeconds: 0.05 }
  beforeEach(async () => {
    hub = await startTestHub({ config: { activity } })
  })
  afterEach(async () => {
    await culler?.stop()
    culler = undefined
    await hub.stop()
  })

  const settings = (more: object) => ({
    hub: hub.address,
    token: secrets.cullerToken,
    everySeconds: 0.05,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.emit(JSON.parse(line).msg, JSON.parse(line)) }),
    ...more,
  })

  async function openDemo(): Promise<{ kernels: unknown }> {
    await hub.browser().enter('/tmplogin?course=demo')
    const [object] = hub.world.objects.values()
    assert.ok(object)
    return object
  }

  async function decisions(more: object): Promise<string[]> {
    const printed: string[] = []
    await startCuller(
      settings({ dryRun: true, forTests: { print: (line: string) => void printed.push(line) }, ...more }),
    )
    return printed.map((line) => line.replace(/\b[0-9a-f-]{36}\b/, 'NAME'))
  }

  it('stops a server only when its kernel is no longer busy, and the hub keeps the reason', async () => {
    const server = await openDemo()
    server.kernels = [{ id: 'c0ffee00-1', execution_state: 'busy', last_activity: new Date().toISOString() }]
    const limits = { idleSeconds: 0.2, maxAgeSeconds: 0 }
    await until(async () => (await decisions(limits)).some((line) => /kernel c0ffee00 is busy/.test(line)))
    assert.equal(hub.world.stops.length, 0)
    culler = await startCuller(settings(limits))
    for (let round = 0; round < 8; round++) await once(lines, 'round ended')
    assert.deepEqual(hub.world.stops, [])
    server.kernels = []
    await once(lines, 'server is being culled')
    const { detail } = await hub.db('events').where({ kind: 'culled' }).first()
    assert.match(JSON.parse(detail).reason, /^idle for \d+ s, the limit is 0 s$/)
  })

  it('stops a server that is too old although it is busy', async () => {
    const server = await openDemo()
    server.kernels = [{ id: 'c0ffee00-1', execution_state: 'busy', last_activity: new Date().toISOString() }]
    const stopped = once(hub.world.events, 'stopping')
    culler = await startCuller(settings({ maxAgeSeconds: 0.01 }))
    await stopped
  })

  it('removes a user only without a server and without a recent launch', async () => {
    await openDemo()
    const limits = { idleSeconds: 0.01, maxAgeSeconds: 0 }
    assert.ok((await decisions(limits)).includes('keep    user    NAME: has a server'))
    const changed = once(lines, 'user has changed since it was listed, left alone')
    culler = await startCuller(settings(limits))
    await changed
    assert.deepEqual(await hub.db('users').pluck('state'), ['active'])
    const removed = once(lines, 'user is being culled')
    await hub.db('launches').decrement('created', 200_000)
    await removed
    assert.deepEqual(await hub.db('users').pluck('state'), ['deleting'])
  })

  describe('goes by what each server is made of', () => {
    const busy = [{ id: 'c0ffee00-1', execution_state: 'busy', last_activity: new Date().toISOString() }]
    const reopen = async (demo: object, outside: Pick<TestHubOptions, 'world' | 'proxy' | 'database'> = {}) => {
      await hub.stop()
      hub = await startTestHub({ config: { activity, courses: { demo: { image: 'demo', ...demo } } }, ...outside })
    }
    const strict = { idleSeconds: 0.01, maxAgeSeconds: 0.01 }

    it('and never stops a server of which its settings say so, nor removes its temporary user', async () => {
      await reopen({ rules: [{ when: { role: 'temporary' }, cull: 'never' }] })
      await openDemo()
      assert.deepEqual(await decisions(strict), [
        'keep    server  NAME demo: is never stopped, as its own settings say',
        'keep    user    NAME: has a server',
      ])
      culler = await startCuller(settings(strict))
      for (let round = 0; round < 4; round++) await once(lines, 'round ended')
      assert.deepEqual(hub.world.stops, [])
    })

    it('and has longer and shorter limits for some', async () => {
      await reopen({ cull: { maxAgeSeconds: 0, idleSeconds: 7200 } })
      await openDemo()
      await until(async () => (await decisions(strict)).some((line) => /its own limit is 2 h/.test(line)))
      await reopen({ cull: { maxAgeSeconds: 0.01 } })
      await openDemo()
      culler = await startCuller(settings({ idleSeconds: 7200, maxAgeSeconds: 7200 }))
      await once(lines, 'server is being culled')
      const { detail } = await hub.db('events').where({ kind: 'culled' }).first()
      assert.match(JSON.parse(detail).reason, /^\d+ s old, its own limit is 0 s$/)
    })

    it('and stops a busy server whose busy kernels do not count', async () => {
      await reopen({ cull: { spareBusy: false } })
      const server = await openDemo()
      server.kernels = busy
      const limits = { idleSeconds: 0.2, maxAgeSeconds: 0 }
      await until(async () => (await decisions({ ...limits, idleSeconds: 7200 })).some((line) => /idle for/.test(line)))
      const [row] = await hub.db('activity').select('reason')
      assert.equal(row.reason, 'nothing passes, and busy kernels do not count here')
      culler = await startCuller(settings(limits))
      await once(lines, 'server is being culled')
    })

    it('and not by what the config says by now', async () => {
      const outside = {
        world: createFakeServers(),
        proxy: await startFakeProxy(secrets.proxyToken),
        ...(await sqliteDatabase()),
      }
      const where = { world: outside.world, proxy: outside.proxy, database: outside.url }
      await reopen({ cull: 'never' }, where)
      await openDemo()
      await reopen({}, where)
      await until(async () => (await decisions(strict)).some((line) => /server .*never stopped/.test(line)))
      await hub.stop()
      hub = await startTestHub()
      await outside.world.close()
      await outside.proxy.stop()
      await outside.remove()
    })
  })
})
