import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Knex } from 'knex'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { createHttpBrowser, secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

const link = '/tmplogin?course=demo'
const courses = { demo: { image: 'demo' } }

onEachDatabase('the image of a run', (makeDatabase) => {
  let images: FakeImages
  let all: KillWorld
  let db: Knex
  const cleanup = cleanupAfterEach()

  beforeEach(async () => {
    images = createFakeImages()
    images.engines[0]?.set('demo', fakeId('first'))
    all = await openKillWorld(cleanup, makeDatabase, images)
    db = all.db
  })

  const startHere = async () => {
    const { database, world, proxy } = all
    const hub = await startTestHub({ database, world, proxy, config: { courses } })
    cleanup.defer(() => hub.stop())
    return hub
  }
  const startProcess = () => startHubProcess(cleanup, all, { courses, hasImages: true })
  const imageOfRow = async () => (await db('servers').first('image')).image
  const started = async () => {
    const rows = await db('events').where({ kind: 'started' }).orderBy('id').pluck('detail')
    return rows.map((detail) => (detail === null ? undefined : JSON.parse(detail).image))
  }
  const state = async (address: string) => {
    const headers = { authorization: `token ${secrets.cullerToken}` }
    const [user] = (await createHttpBrowser(address).fetch('/hub/api/users', { headers })).json()
    return user.servers.demo?.state
  }

  it('is in its row, in the history and in the API, and the next run has its own', async () => {
    const hub = await startHere()
    const browser = hub.browser()
    await browser.enter(link)
    assert.equal(await imageOfRow(), fakeId('first'))
    assert.deepEqual(await state(hub.address), { image: fakeId('first') })

    images.engines[0]?.set('demo', fakeId('second'))
    const { id } = await db('servers').first('id')
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await db('servers').first('state')).state === 'stopped')
    await browser.enter(link)
    assert.equal(await imageOfRow(), fakeId('second'))
    assert.deepEqual(await started(), [fakeId('first'), fakeId('second')])
  })

  it('is not known where the spawner does not tell it, and that of an earlier run does not stay', async () => {
    const hub = await startHere()
    const browser = hub.browser()
    await browser.enter(link)
    images.engines[0]?.clear()
    const { id } = await db('servers').first('id')
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await db('servers').first('state')).state === 'stopped')
    await browser.enter(link)
    assert.equal(await imageOfRow(), null)
    assert.deepEqual(await state(hub.address), {})
    assert.deepEqual(await started(), [fakeId('first'), undefined])
  })

  for (const moment of ['made', 'started'] as const) {
    it(`is known when the hub is killed once the object is ${moment} and another one adopts it`, async () => {
      let proceed = () => {}
      if (moment === 'made') all.world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
      else all.world.behaviour.isMute = true
      const { child, address } = await startProcess()
      const browser = createHttpBrowser(address)
      const reached = once(all.world.events, moment)
      const launch = await browser.open(link)
      await reached
      await kill(child)
      delete all.world.behaviour.isMute
      proceed()
      await letHubsDie(all)
      const next = await startHere()
      const again = createHttpBrowser(next.address)
      for (const [name, value] of browser.jar) again.jar.set(name, value)
      assert.equal((await again.follow(launch)).state, 'ready')
      assert.equal(all.world.made.length, 1)
      assert.equal(await imageOfRow(), fakeId('first'))
      assert.deepEqual(await started(), [fakeId('first')])
    })
  }

  it('is looked into by the next hub when one is killed at that, and the errand of the first one ends', async () => {
    all.world.behaviour.errandOutput = 'python\t3.12.1\n'
    all.world.behaviour.midErrand = new Promise(() => undefined)
    const begun = once(all.world.events, 'errand')
    const { child } = await startProcess()
    const [errand] = await begun
    await kill(child)
    assert.deepEqual(await db('errands').pluck('id'), [errand])
    delete all.world.behaviour.midErrand
    await letHubsDie(all)
    await startHere()
    await until(async () => (await db('contents')).length === 1)
    await until(async () => (await db('errands')).length === 0)
    assert.equal(all.world.errands.size, 0)
    assert.deepEqual(await db('contents').pluck('versions'), ['{"Python":"3.12.1"}'])
  })
})
