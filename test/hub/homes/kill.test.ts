import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeProxy } from '../../helpers/fake-proxy.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { createHttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

const link = '/tmplogin?course=demo'
const courses = { demo: { image: 'demo', home: { path: '/home/jovyan/work' } } }

onEachDatabase('a hub that is killed at work on a home', (makeDatabase) => {
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

  const startProcess = (file: string, env: Record<string, string>) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr.resume()
    cleanup.defer(() => kill(child))
    return child
  }

  const startHere = async (): Promise<TestHub> => {
    const hub = await startTestHub({ database, world, proxy, config: { courses } })
    cleanup.defer(() => hub.stop())
    return hub
  }

  /** Has a user make a home with the help of a hub that stops afterwards. */
  const used = async () => {
    const hub = await startTestHub({ database, world, proxy, config: { courses } })
    const browser = hub.browser()
    await browser.enter(link)
    const { id: server, home } = await db('servers').first('id', 'home')
    await browser.submit(`/hub/servers/${server}/stop`)
    await until(async () => (await db('homes').first('holder')).holder === null)
    await hub.stop()
    return { browser, server, home }
  }

  const letTimePass = () => letHubsDie({ database, db })

  for (const [moment, wait] of [
    ['making-home', 'beforeHome'],
    ['home-made', 'afterHome'],
  ] as const) {
    it(`${wait === 'beforeHome' ? 'between its row and its object' : 'between its object and the row'}, leaves one home to the next hub`, async () => {
      let proceed = () => {}
      world.behaviour[wait] = new Promise<void>((resolve) => (proceed = resolve))
      const { child, address } = await startHubProcess(cleanup, { database, proxy, worldUrl, dataDir }, { courses })
      const browser = createHttpBrowser(address)
      const reached = once(world.events, moment)
      const launch = await browser.open(link)
      const [id] = await reached
      await kill(child)
      const [row] = await db('homes')
      assert.deepEqual([row.id, row.state], [id, 'making'])
      assert.equal(world.homes.size, wait === 'beforeHome' ? 0 : 1)
      delete world.behaviour[wait]
      await letTimePass()
      const next = await startHere()
      const again = createHttpBrowser(next.address)
      for (const [name, value] of browser.jar) again.jar.set(name, value)
      assert.equal((await again.follow(launch)).state, 'ready')
      proceed()
      assert.deepEqual(world.homesMade, [id])
      const [after] = await db('homes')
      assert.deepEqual([after.id, after.state, after.holder_run], [id, 'ready', 1])
      const [object] = world.objects.values()
      assert.equal(object?.spec.home?.id, id)
      assert.deepEqual(world.clashes, [])
    })
  }

  it('between the removal of an object and that of its row, leaves the row to the next hub', async () => {
    const { home } = await used()
    await db('homes').update({ remove_at: 1, removed_by: 'operator', reason: 'old' })
    world.behaviour.afterRemove = new Promise(() => undefined)
    const removed = once(world.events, 'home-removed')
    const { child } = await startHubProcess(cleanup, { database, proxy, worldUrl, dataDir }, { courses })
    assert.deepEqual(await removed, [home])
    await kill(child)
    assert.equal((await db('homes').first('state')).state, 'deleting')
    delete world.behaviour.afterRemove
    await letTimePass()
    await startHere()
    await until(async () => (await db('homes')).length === 0)
    assert.deepEqual(await db('events').where({ kind: 'home-removed' }).pluck('kind'), ['home-removed'])
  })

  it('while files are copied, leaves the errand to the next hub, which ends it before the notebook starts', async () => {
    const { browser, server, home } = await used()
    world.behaviour.midErrand = new Promise(() => undefined)
    const begun = once(world.events, 'errand')
    const settings = { database, world: worldUrl, home }
    const child = startProcess('errand-process.ts', { CARREL_TEST_ERRAND: JSON.stringify(settings) })
    const [errand] = await begun
    await kill(child)
    assert.equal((await db('homes').first('holder')).holder, errand)

    await letTimePass()
    world.behaviour.endError = new Error('the engine does not answer')
    const next = await startHere()
    const again = createHttpBrowser(next.address)
    for (const [name, value] of browser.jar) again.jar.set(name, value)
    const launch = await again.open(link)
    const words = 'Your files are in use just now (import). Your notebook starts by itself afterwards.'
    await until(async () => (await again.navigate(`/hub/launches/${launch}`)).text.includes(words))
    assert.equal(world.objects.size, 0)
    delete world.behaviour.endError
    assert.equal((await again.follow(launch)).state, 'ready')
    assert.equal(world.errands.size, 0)
    assert.deepEqual(await db('errands'), [])
    assert.equal((await db('homes').first('holder')).holder, server)
    assert.deepEqual(world.homesMade, [home])
    assert.deepEqual(world.clashes, [])
  })
})
