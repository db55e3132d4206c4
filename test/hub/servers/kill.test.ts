import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Knex } from 'knex'
import type { ConfigInput } from '../../../config/config.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onEachEmptyDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeProxy } from '../../helpers/fake-proxy.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { countRows, createHttpBrowser, type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

const demo = '/tmplogin?course=demo'

onEachDatabase('a hub that is killed', (makeDatabase) => {
  let world: FakeServers
  let proxy: FakeProxy
  let database: string
  let worldUrl: string
  let dataDir: string
  let db: Knex
  const cleanup = cleanupAfterEach()

  beforeEach(async () => {
    ;({ world, worldUrl, proxy, database, dataDir, db } = await openKillWorld(cleanup, makeDatabase))
  })

  const startProcess = (activity = {}) => startHubProcess(cleanup, { database, proxy, worldUrl, dataDir }, { activity })

  const startNext = async (activity = {}, courses?: ConfigInput['courses']): Promise<TestHub> => {
    const hub = await startTestHub({ database, world, proxy, config: { activity, ...(courses && { courses }) } })
    cleanup.defer(() => hub.stop())
    return hub
  }

  const letTimePass = () => letHubsDie({ database, db })

  /** Kills a hub in the middle of a start. Its object is made, or started too, and answers from then on. */
  const killAt = async (moment: 'made' | 'started') => {
    let proceed = () => {}
    if (moment === 'made') world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
    else world.behaviour.isMute = true
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    const reached = once(world.events, moment)
    const launch = await browser.open(demo)
    await reached
    await kill(child)
    delete world.behaviour.beforeStart
    world.behaviour.isMute = false
    proceed()
    const { id } = await db('servers').first('id')
    return { browser, launch, id }
  }

  const sameBrowser = ({ jar }: HttpBrowser, { address }: TestHub) => {
    const browser = createHttpBrowser(address)
    for (const [name, value] of jar) browser.jar.set(name, value)
    return browser
  }

  for (const moment of ['made', 'started'] as const) {
    it(`in a start, when the object is ${moment}, leaves server, run and object to the next hub`, async () => {
      const { browser, launch } = await killAt(moment)
      const before = await db('servers').first('id', 'run', 'state')
      assert.equal(before.state, 'starting')
      await letTimePass()
      const next = await startNext()
      const again = sameBrowser(browser, next)
      assert.equal((await again.follow(launch)).state, 'ready')
      const after = await db('servers').first('id', 'run', 'state')
      assert.deepEqual({ ...after }, { ...before, state: 'ready' })
      assert.deepEqual(world.made, [`carrel-${before.id}-${before.run}`])
      assert.equal(world.objects.size, 1)
      assert.equal((await again.post(`/hub/launches/${launch}/ticket`)).status, 200, 'the launch and session survive')
      assert.equal(proxy.routes.size, 1)
    })
  }

  const others: [what: string, courses: ConfigInput['courses']][] = [
    [
      'has another image, other limits and another environment',
      { demo: { image: 'other', limits: { memory: '4G', cpu: 3 }, env: { NEW: '1' }, startTimeoutSeconds: 9 } },
    ],
    [
      'has a rule by which its owner gets another server',
      {
        demo: {
          image: 'demo',
          rules: [{ when: { role: 'temporary' }, env: { NEW: '1' }, gpu: true, options: { node: 'b' }, cull: 'never' }],
        },
      },
    ],
    ['is gone', { other: { image: 'other' } }],
  ]
  for (const moment of ['made', 'started'] as const) {
    for (const [what, courses] of others) {
      it(`in a start, when the object is ${moment}, has it carried on by a next hub whose course ${what}`, async () => {
        const { browser, launch, id } = await killAt(moment)
        const { made_of } = await db('servers').first('made_of')
        await letTimePass()
        const next = await startNext({}, courses)
        const again = sameBrowser(browser, next)
        assert.equal((await again.follow(launch)).state, 'ready')
        const after = await db('servers').first('id', 'run', 'state', 'spec_hash', 'made_of', 'failure')
        const [object] = world.objects.values()
        const same = { id, run: 1, spec_hash: object?.hash, made_of }
        assert.deepEqual({ ...after }, { ...same, state: 'ready', failure: null })
        assert.deepEqual(world.made, [`carrel-${id}-1`])
        assert.deepEqual(world.stops, [])
        assert.equal(object?.env.NEW, undefined)
        assert.equal((await again.post(`/hub/launches/${launch}/ticket`)).status, 200)
      })
    }

    it(`in a start, when the object is ${moment}, has it begun anew by a next hub that makes another of it`, async () => {
      const { browser, launch, id } = await killAt(moment)
      // As by another version of Carrel, which gives servers other arguments.
      for (const object of world.objects.values()) object.hash = 'of-another-version'
      await letTimePass()
      const next = await startNext({}, { demo: { image: 'demo', start: 'welcome.ipynb', env: { NEW: '1' } } })
      const again = sameBrowser(browser, next)
      assert.equal((await again.follow(launch)).state, 'ready')
      const [after] = await db('servers').select('id', 'run', 'state', 'failure')
      assert.deepEqual({ ...after }, { id, run: 2, state: 'ready', failure: null })
      assert.deepEqual(world.made, [`carrel-${id}-1`, `carrel-${id}-2`])
      assert.deepEqual([...world.objects.keys()], [`carrel-${id}-2`])
      assert.equal(world.objects.get(`carrel-${id}-2`)?.env.NEW, '1')
      assert.equal((await again.post(`/hub/launches/${launch}/ticket`)).status, 200)
      assert.deepEqual(await db('events').where({ kind: 'failed' }), [])
    })
  }

  it('with a queued server whose course the next hub does not know, has that hub start it', async () => {
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    const { launch } = await browser.enter(demo)
    await kill(child)
    const columns = { state: 'queued', run: 2, owner: null, deadline: null, epoch: 9, queued: 1, spec_hash: null }
    await db('servers').update(columns)
    await letTimePass()
    const next = await startNext({}, { other: { image: 'other' } })
    assert.equal((await sameBrowser(browser, next).follow(launch)).state, 'ready')
    assert.equal(world.made.length, 2)
  })

  it('in a stop before a new start, has the course that the next hub does not know start all the same', async () => {
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    const { launch } = await browser.enter(demo)
    await kill(child)
    const columns = { state: 'stopping', restart: true, owner: null, deadline: null, epoch: 9, failure: null }
    await db('servers').update(columns)
    await letTimePass()
    const next = await startNext({}, { other: { image: 'other' } })
    assert.equal((await sameBrowser(browser, next).follow(launch)).state, 'ready')
    assert.equal((await db('servers').first('run')).run, 2)
    assert.equal(world.objects.size, 1)
  })

  it('with a queued server, leaves it in the queue for the next hub', async () => {
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    await browser.enter(demo)
    await kill(child)
    await db('servers').update({ state: 'queued', run: 2, owner: null, deadline: null, epoch: 9, queued: 1 })
    await letTimePass()
    const next = await startNext()
    await until(async () => (await db('servers').first('state')).state === 'ready')
    assert.equal(world.made.length, 2)
    assert.equal(next.world, world)
  })

  it('in a stop, leaves the rest of the stop to the next hub', async () => {
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    await browser.enter(demo)
    const { id } = await db('servers').first('id')
    let proceed = () => {}
    world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    const reached = once(world.events, 'stopping')
    await browser.submit(`/hub/servers/${id}/stop`)
    await reached
    await kill(child)
    assert.equal((await db('servers').first('state')).state, 'stopping')
    delete world.behaviour.beforeStop
    proceed()
    await letTimePass()
    await startNext()
    await until(async () => (await db('servers').first('state')).state === 'stopped')
    assert.equal(world.objects.size, 0)
    assert.equal(proxy.routes.size, 0)
  })

  it('between two looks at a server that does not answer, leaves it to two looks of the next hub', async () => {
    const activity = { collectSeconds: 0.1, lookSeconds: 0.1, answerSeconds: 0.2 }
    // The first hub looks once and not again.
    const { child, address } = await startProcess({ ...activity, lookSeconds: 2 })
    await createHttpBrowser(address).enter(demo)
    const [object] = world.objects.values()
    const [route] = proxy.routes.values()
    assert.ok(object !== undefined && route !== undefined)
    object.isFrozen = true
    const last_activity = Date.now() - 60_000
    route.lastActivity = last_activity
    let isAsked = false
    world.events.once('asked', () => {
      isAsked = true
      // So it cannot look again before it is killed, however busy this machine is.
      child.kill('SIGSTOP')
    })
    // The hub may still write the traffic that it has read before.
    await until(async () => isAsked || (await db('activity').update({ last_activity })) < 0, 'the first look')
    await kill(child)
    assert.equal((await db('servers').first('state')).state, 'ready')
    await letTimePass()
    await startNext(activity)
    await until(async () => (await db('servers').first('state')).state === 'failed')
    const { detail } = await db('events').orderBy('id', 'desc').first('detail')
    assert.equal(JSON.parse(detail).reason, 'it did not answer')
    assert.equal(world.objects.size, 0)
    assert.equal(world.stops.length, 1)
  })

  it('while nothing moves, changes nothing', async () => {
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    const { launch } = await browser.enter(demo)
    await kill(child)
    await letTimePass()
    const next = await startNext()
    const again = createHttpBrowser(next.address)
    for (const [name, value] of browser.jar) again.jar.set(name, value)
    assert.equal((await again.post(`/hub/launches/${launch}/ticket`)).status, 200)
    assert.deepEqual(world.stops, [])
    assert.equal(world.made.length, 1)
  })
})

onEachEmptyDatabase('a migration that is killed', (makeDatabase) => {
  it('does not keep the next hub out', async () => {
    const database = await makeDatabase()
    const child = spawn(
      process.execPath,
      [
        '--input-type=module-typescript',
        '-e',
        `import { openBeside } from './hub/db/database.ts'
         const db = openBeside(${JSON.stringify(database)})
         const options = { migrationSource: { getMigrations: async () => [{}], getMigrationName: () => '0001-first',
           getMigration: async () => ({ down: async () => {}, up: async (trx) => { await trx.schema.createTable('users', (table) => table.string('id'))
             process.stdout.write('half\\n'); await new Promise((resolve) => setTimeout(resolve, 60000)) } }) } }
         await db.migrate.latest(options)`,
      ],
      { cwd: join(import.meta.dirname, '../../..'), stdio: ['ignore', 'pipe', 'inherit'] },
    )
    assert.equal(String(await once(child.stdout, 'data')), 'half\n')
    await kill(child)
    const { db, close } = await openDatabase(database)
    assert.deepEqual(await countRows(db, 'users', 'servers'), { users: 0, servers: 0 })
    await close()
  })
})
