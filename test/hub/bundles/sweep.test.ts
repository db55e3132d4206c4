import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createBundleSweep, createClearing } from '../../../hub/bundles/sweep.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('the sweep of bundles', (makeDatabase) => {
  let parts: Parts
  let digest: string
  beforeEach(async () => {
    parts = await openParts(await makeDatabase(), {
      courses: { demo: { image: 'demo', files: { '/srv/course': { 'dates.json': {} } } } },
    })
    digest = parts.hub.bundles.of('demo')[0]?.digest ?? ''
  })
  afterEach(() => parts.stop())

  const old = 'a'.repeat(64)
  const put = async (name: string) => {
    const row = await parts.hub.db('bundles').where({ digest }).first()
    await parts.hub.db('bundles').insert({ ...row, digest: name, archive: null })
  }
  const shelve = (name: string) =>
    parts.hub.bundles.shelf.put(async (path) => {
      await writeFile(path, 'x')
      return name
    })
  const letTimePass = () => parts.hub.db('bundles').update({ used: parts.hub.db.raw('used - 700000') })
  const stored = async () => (await parts.hub.db('bundles').orderBy('digest').select('digest')).map((row) => row.digest)

  it('removes a bundle of no course from database, spawner and disk, once it was seen so twice', async () => {
    const { hub, world } = parts
    await put(old)
    await letTimePass()
    await hub.bundles.renew()
    world.bundles.set(old, '')
    world.bundles.set(digest, '')
    await shelve(old)
    const [sweep, clear] = [createBundleSweep(hub), createClearing(hub)]
    await sweep()
    await clear()
    assert.deepEqual([await stored(), [...world.bundles.keys()].sort()], [[old, digest].sort(), [old, digest].sort()])
    for (let round = 0; round < 3; round += 1) {
      await sweep()
      await clear()
    }
    assert.deepEqual([await stored(), [...world.bundles.keys()]], [[digest], [digest]])
    assert.deepEqual(await hub.bundles.shelf.list(), [digest])
  })

  it('leaves the bundles of a hub that lives, and one that is renewed between two rounds', async () => {
    const { hub } = parts
    await put(old)
    await letTimePass()
    const sweep = createBundleSweep(hub)
    await sweep()
    await hub.bundles.renew()
    await hub
      .db('bundles')
      .where({ digest: old })
      .update({ used: hub.db.raw('used + 700000') })
    await sweep()
    assert.deepEqual(await stored(), [old, digest].sort())
  })

  it('leaves a bundle that a stored run names, though no hub has it any more, until the run is forgotten', async () => {
    const { hub } = parts
    await parts.makeReady()
    await letTimePass()
    const sweep = createBundleSweep(hub)
    for (let round = 0; round < 3; round += 1) await sweep()
    assert.deepEqual(await stored(), [digest])
    await hub.db('servers').update({ made_of: null, origins: null })
    await hub.db('definitions').whereNotIn('digest', hub.db('courses').select('origins')).delete()
    for (let round = 0; round < 3; round += 1) await sweep()
    assert.deepEqual(await stored(), [])
  })

  it('is carried on by the next hub where a hub has died in it', async () => {
    const { hub, world } = parts
    world.bundles.set(old, '')
    await shelve(old)
    // The hub that died had removed the row, and nothing else yet.
    const [sweep, clear] = [createBundleSweep(hub), createClearing(hub)]
    for (let round = 0; round < 2; round += 1) {
      await sweep()
      await clear()
    }
    assert.deepEqual([[...world.bundles.keys()], await hub.bundles.shelf.list()], [[], [digest]])
  })

  it('leaves at the spawner what a server has, until it has ended', async () => {
    const { hub, world } = parts
    const course = hub.courses.all.demo
    assert.ok(course)
    const user = await parts.makeUser()
    const { id } = await requestServer(hub, user, course)
    await until(async () => (await findServer(hub.db, id))?.state === 'ready')
    await hub.db('bundles').delete()
    const sweep = createBundleSweep(hub)
    for (let round = 0; round < 3; round += 1) await sweep()
    assert.deepEqual([...world.bundles.keys()], [digest])
    await hub.spawner.stop({ server: id, run: 1 }, undefined, { graceSeconds: 0 })
    await sweep()
    assert.deepEqual([...world.bundles.keys()], [])
  })

  it('writes a bundle anew that a restored database does not have', async () => {
    const { hub } = parts
    await hub.db('bundles').delete()
    await hub.bundles.renew()
    assert.deepEqual(await stored(), [digest])
    assert.match(parts.log.join(), /the database had lost bundles/)
  })

  it('goes on with the others when the spawner cannot remove one', async () => {
    const { hub, world } = parts
    for (const name of [old, 'b'.repeat(64)]) world.bundles.set(name, '')
    const remove = hub.spawner.bundles?.remove
    assert.ok(remove && hub.spawner.bundles)
    hub.spawner.bundles.remove = (name) => (name === old ? Promise.reject(new Error('busy')) : remove(name))
    const sweep = createBundleSweep(hub)
    await sweep()
    await sweep()
    assert.deepEqual([...world.bundles.keys()], [old])
    assert.match(parts.log.join(), /could not remove a bundle/)
  })
})
