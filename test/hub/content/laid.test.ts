import assert from 'node:assert/strict'
import { removeIdleBundle } from '../../../hub/db/bundles/bundles.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, counting, notebook, openContentWorld, pullEnded } from './content-world.ts'

onEachDatabase('the content of a course in its servers', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld
  let world: FakeServers

  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    world = createFakeServers()
    cleanup.defer(() => world.close())
  })

  async function start(database: string): Promise<TestHub> {
    const hub = await startTestHub({ database, world, config: content.config })
    cleanup.defer(() => hub.stop())
    return hub
  }
  /** Starts the server of a new visitor, and returns what the spawner was asked for. */
  const enter = async (hub: TestHub) => {
    const before = world.made.length
    // A link to a course that is not known has the hub learn of all that counts by now.
    assert.equal((await hub.browser().navigate('/launch/unknown')).status, 404)
    await hub.browser().enter('/tmplogin?course=demo')
    return world.objects.get(world.made[before] ?? '')?.spec
  }
  const pulledAgain = async (hub: TestHub, after: number) => {
    await hub.db('pulls').update({ due: 0 })
    return pullEnded(hub, after)
  }
  const textsIn = async (digest = '') =>
    (await filesIn(Buffer.from(world.bundles.get(digest) ?? '', 'base64'))).map((file) =>
      'content' in file ? `${file.name}: ${file.content}` : file.name,
    )
  const idle = (hub: TestHub) => hub.db('bundles').update({ used: hub.db.raw('used - 700000') })

  it('lies in a folder beside the notebooks, and Python finds its modules', async () => {
    await content.course.commit({ 'week1/a.ipynb': notebook('A'), 'modules/helper.py': 'x = 1\n', 'other/b': 'b' })
    const hub = await start(await makeDatabase())
    const { id } = await pullEnded(hub)
    const spec = await enter(hub)
    const [bundle, inside, ...others] = spec?.bundles ?? []
    assert.deepEqual([bundle?.path, bundle?.into, others], ['/srv/carrel/content/modules', 'read-only', []])
    assert.equal(inside?.path, '/srv/carrel/inside')
    assert.equal(spec?.env.PYTHONPATH, '/srv/carrel/content/modules')
    assert.deepEqual(spec?.links, [
      { folders: ['/home/jovyan'], to: [{ name: 'modules', path: '/srv/carrel/content/modules' }] },
    ])
    assert.deepEqual(await textsIn(bundle?.digest), ['helper.py: x = 1\n'])
    assert.deepEqual((await counting(hub.db)).content?.settings.folders, ['week1'])

    await content.course.commit({ 'week1/a.ipynb': notebook('A'), 'modules/helper.py': 'x = 2\n' })
    await pulledAgain(hub, id)
    const [next] = (await enter(hub))?.bundles ?? []
    assert.deepEqual(await textsIn(next?.digest), ['helper.py: x = 2\n'])
    // The first server still runs.
    await idle(hub)
    assert.equal(await removeIdleBundle(hub.db, bundle?.digest ?? '', 600_000), false)
    await hub.db('servers').update({ made_of: null, origins: null })
    await hub.db('definitions').whereNotIn('digest', hub.db('courses').select('origins')).delete()
    assert.equal(await removeIdleBundle(hub.db, bundle?.digest ?? '', 600_000), true)
  })

  it('is renewed by a hub whose courses have it, and made again by a pull when the database has lost it', async () => {
    await content.course.commit({ 'a.ipynb': notebook('A'), 'modules/helper.py': 'x = 1\n' })
    const database = await makeDatabase()
    const first = await start(database)
    const { id } = await pullEnded(first)
    const [{ digest } = { digest: '' }] = (await counting(first.db)).content?.bundles ?? []
    await idle(first)
    assert.equal(await removeIdleBundle(first.db, digest, 600_000), false, 'the commit that counts names it')
    await first.stop()
    const next = await start(database)
    assert.equal(await removeIdleBundle(next.db, digest, 600_000), false)
    await next.db('bundles').delete()
    await pulledAgain(next, id)
    assert.deepEqual(await next.db('bundles').pluck('digest'), [digest])
    assert.equal((await enter(next))?.bundles[0]?.digest, digest)
  })
})
