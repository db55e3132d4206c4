import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../../config/config.ts'
import { expireRuns, keepLines } from '../../../../hub/db/runs/runs.ts'
import type { SpawnerPlugin } from '../../../../spawners/spawner.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import {
  createFakeServers,
  dyingSpawner,
  type FakeServers,
  failingSpawner,
  quickSpawner,
} from '../../../helpers/fake-spawners.ts'
import { cull, type HttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'

const demo = '/tmplogin?course=demo'

onEachDatabase('runs that are over', (makeDatabase) => {
  let hub: TestHub
  let world: FakeServers
  let browser: HttpBrowser

  beforeEach(() => {
    world = createFakeServers()
  })
  afterEach(async () => {
    await hub?.stop()
    await world.close()
  })

  const start = async (config: Partial<ConfigInput> = {}, database?: string) => {
    hub = await startTestHub({ database: database ?? (await makeDatabase()), world, config })
    const { jar } = browser ?? {}
    browser = hub.browser()
    if (database !== undefined) for (const [name, value] of jar ?? []) browser.jar.set(name, value)
  }
  const server = () => hub.db('servers').first()
  const runs = () => hub.db('runs').orderBy('ended')
  const isIn = (state: string) => until(async () => (await server()).state === state)
  const stop = async () => {
    await browser.submit(`/hub/servers/${(await server()).id}/stop`)
    await isIn('stopped')
  }

  it('are kept with how they ended and what they printed, without the secrets of the run', async () => {
    await start({ hooks: { beforeStart: () => ({ env: { LICENCE: 'licence-of-ada' } }) } })
    world.behaviour.prints = () => [`at ?token=${[...world.objects.values()][0]?.token}`, 'with licence-of-ada', 'bye']
    await browser.enter(demo)
    await stop()
    const [run] = await runs()
    const { id } = await server()
    assert.deepEqual([run.id, run.how, run.by, run.failure, run.cause], [`${id}-1`, 'stopped', null, null, null])
    assert.equal(run.lines, 'at ?token=…\nwith …\nbye')
    assert.ok(run.queued <= run.started && run.started <= run.ended)
    await keepLines(hub.db, { id, run: 1 }, [])
    assert.equal(
      (await runs())[0].lines,
      run.lines,
      'a hub that takes the stop over finds nothing, and changes nothing',
    )
  })

  it('are kept without what they printed where this hub does not know what a hook has given them', async () => {
    const config = { hooks: { beforeStart: () => ({ env: { LICENCE: 'licence-of-ada' } }) } }
    const database = await makeDatabase()
    await start(config, database)
    await browser.enter(demo)
    await hub.stop()
    await start(config, database)
    world.behaviour.prints = () => ['with licence-of-ada']
    const [object] = world.objects.values()
    assert.ok(object)
    object.status = { state: 'exited', code: 3, lines: ['no licence-of-ada'] }
    object.isFrozen = true
    await browser.follow(await browser.open(demo))
    const [run] = await runs()
    assert.deepEqual([run.cause, run.detail, run.lines], ['ended', 'exit code 3', null])
    await stop()
    assert.equal((await runs())[1].lines, 'with …', 'the next run is this hub’s own')
  })

  it('end with their hub, although their spawner never says what they printed', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const { open, ...plain } = quickSpawner(world)
    const spawner: SpawnerPlugin = {
      ...plain,
      open: async (context) => ({
        ...(await open(context)),
        lastLines() {
          ask()
          return new Promise<never>(() => undefined)
        },
      }),
    }
    await start({ spawner })
    await browser.enter(demo)
    await browser.submit(`/hub/servers/${(await server()).id}/stop`)
    await asked
    await hub.stop()
  })

  it('are kept where they were never ready, with a word for what went wrong', async () => {
    await start({ spawner: dyingSpawner(world) })
    world.behaviour.prints = () => ['Traceback', 'ImportError: licence=none']
    await browser.follow(await browser.open(demo))
    await isIn('failed')
    const [run] = await runs()
    assert.deepEqual([run.how, run.cause, run.started], ['failed', 'ended', null])
    assert.match(run.failure, /^The notebook's program ended/)
    assert.match(run.detail, /exit code 3\nKilled/)
    assert.equal(run.lines, 'Traceback\nImportError: licence=none')
  })

  it('are kept where nothing was there that could print', async () => {
    await start({ spawner: failingSpawner(world) })
    await browser.follow(await browser.open(demo))
    await isIn('failed')
    const [run] = await runs()
    assert.deepEqual(
      [run.how, run.cause, run.lines, run.lasts],
      ['failed', 'start', '', hub.db.client.config.client === 'pg' ? false : 0],
    )
  })

  it('say who culled them, and stop although their lines cannot be read', async () => {
    await start()
    world.behaviour.prints = () => Promise.reject(new Error('the engine has no log'))
    await browser.enter(demo)
    const { name } = await hub.db('users').first()
    await cull(hub, 'DELETE', `/${name}/servers/demo`)
    await isIn('stopped')
    const [run] = await runs()
    assert.deepEqual([run.how, run.lines], ['culled', null])
    assert.ok(hub.log.some((line) => line.includes('the last lines of a server were not read')))
  })

  it('go when their time is over, and with their user', async () => {
    await start()
    await browser.enter(demo)
    await stop()
    await browser.enter(demo)
    await stop()
    assert.equal((await runs()).length, 2)
    await hub
      .db('runs')
      .where({ run: 1 })
      .decrement('ended', 31 * 86_400_000)
    await expireRuns(hub.db, 30)
    assert.deepEqual(
      (await runs()).map(({ run }) => run),
      [2],
    )
    const { name } = await hub.db('users').first()
    await hub.db('launches').delete()
    await cull(hub, 'DELETE', `/${name}`)
    await until(async () => (await runs()).length === 0, 'the run to go')
  })

  it('are not kept where the config wants none, and no one asks for their lines', async () => {
    await start({ runs: { keepDays: 0 } })
    world.behaviour.prints = () => assert.fail('the lines were read')
    await browser.enter(demo)
    await stop()
    assert.deepEqual(await runs(), [])
    assert.ok(!hub.log.some((line) => line.includes('last lines')))
  })
})
