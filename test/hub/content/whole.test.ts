import assert from 'node:assert/strict'
import { once } from 'node:events'
import { removeIdleBlobs } from '../../../hub/db/content/blobs.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { createHttpBrowser, type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from './content-world.ts'

const wholeFolder = '/srv/carrel/repository'

/** Returns settings of a hub whose course gives its learners copies of all files, or of what `copies` says. */
function configOf(
  { config }: ContentWorld,
  copies: 'lazy' | 'all' | 'none' = 'all',
  more: Record<string, unknown> = {},
) {
  const demo = { ...config.courses.demo, ...more, content: { ...config.courses.demo?.content, copies } }
  return { ...config, courses: { demo } } as never
}

onEachDatabase('copies of all files of a course', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld

  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    await content.course.commit({
      'week1/a.ipynb': notebook('A'),
      'notes/read.txt': 'read me',
      'modules/helper.py': 'x = 1\n',
    })
  })

  async function start(config: never, { database = '', forgets = false, world = createFakeServers() } = {}) {
    const spawner = forgets ? { spawner: forgetfulSpawner(world) } : {}
    const hub = await startTestHub({
      database: database || (await makeDatabase()),
      world,
      config: { ...(config as object), ...spawner },
    })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    await pullEnded(hub)
    return { hub, world }
  }
  const push = async (hub: TestHub, files: Record<string, string>) => {
    await content.course.commit(files)
    const { id } = await pullEnded(hub)
    await hub.db('pulls').update({ due: 0 })
    await pullEnded(hub, id)
    // A link to a course that is not known has the hub learn of all that counts by now.
    assert.equal((await hub.browser().navigate('/launch/unknown')).status, 404)
  }
  const copies = async (hub: TestHub) =>
    (await hub.db('copies').orderBy('path').select('holder', 'path', 'digest', 'commit')).map((row) => ({ ...row }))
  const stop = async (browser: HttpBrowser, hub: TestHub) => {
    const { id } = await hub.db('servers').first('id')
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
  }

  it('are laid by a bundle of the whole commit beside the folders that all servers have, and noted before', async () => {
    const { hub, world } = await start(configOf(content))
    const made = once(world.events, 'made')
    const entering = hub.browser().enter('/tmplogin?course=demo')
    await made
    const [noted, ...others] = await copies(hub)
    const { id } = await hub.db('servers').first('id')
    assert.deepEqual([noted?.holder, noted?.path, others], [id, 'week1/a.ipynb', []])
    await entering
    const [{ spec } = { spec: undefined }] = world.objects.values()
    assert.deepEqual(
      spec?.bundles.map(({ path, into }) => [path, into]),
      [
        ['/srv/carrel/content/modules', 'read-only'],
        [wholeFolder, 'home'],
        ['/srv/carrel/inside', 'read-only'],
      ],
    )
    assert.equal(spec?.env.PYTHONPATH, '/srv/carrel/content/modules')
    const files = await filesIn(Buffer.from(world.bundles.get(spec?.bundles[1]?.digest ?? '') ?? '', 'base64'))
    assert.deepEqual(files.map(({ name }) => name).sort(), ['modules/helper.py', 'notes/read.txt', 'week1/a.ipynb'])
  })

  it('stay what they were made of at later starts, which add those of new notebooks', async () => {
    const { hub } = await start(configOf(content))
    const browser = hub.browser()
    await browser.enter('/tmplogin?course=demo')
    const [first] = await copies(hub)
    await stop(browser, hub)
    await push(hub, { 'week1/a.ipynb': notebook('A, again'), 'week2/b.ipynb': notebook('B') })
    await browser.enter('/tmplogin?course=demo')
    const [kept, added, ...others] = await copies(hub)
    assert.deepEqual([kept, others], [first, []])
    assert.equal(added?.path, 'week2/b.ipynb')
    assert.notEqual(added?.commit, first?.commit)
  })

  it('are made anew, and noted so, by servers that lose their files', async () => {
    const { hub } = await start(configOf(content), { forgets: true })
    const browser = hub.browser()
    await browser.enter('/tmplogin?course=demo')
    const [first] = await copies(hub)
    await stop(browser, hub)
    await push(hub, { 'week1/a.ipynb': notebook('A, again') })
    await browser.enter('/tmplogin?course=demo')
    const [again, ...others] = await copies(hub)
    assert.deepEqual([again?.holder, others], [first?.holder, []])
    assert.notEqual(again?.digest, first?.digest)
  })

  it('are none where the course has single copies or none, and changing that brings or leaves them', async () => {
    const database = await makeDatabase()
    const { hub, world } = await start(configOf(content, 'lazy'), { database })
    await hub.browser().enter('/tmplogin?course=demo')
    assert.deepEqual(
      [...world.objects.values()][0]?.spec.bundles.map(({ path }) => path),
      ['/srv/carrel/content/modules', '/srv/carrel/inside'],
    )
    assert.deepEqual(await copies(hub), [])
    const { id } = await pullEnded(hub)
    await hub.stop()

    const next = await startTestHub({ database, world, config: configOf(content) })
    cleanup.defer(() => next.stop())
    await pullEnded(next, id)
    await next.browser().enter('/tmplogin?course=demo')
    assert.equal((await copies(next)).length, 1)
    await next.stop()

    const last = await startTestHub({ database, world, config: configOf(content, 'none') })
    cleanup.defer(() => last.stop())
    await last.browser().enter('/tmplogin?course=demo')
    const specs = [...world.objects.values()].map(({ spec }) => spec.bundles.length)
    assert.deepEqual(specs, [2, 3, 2])
    assert.equal((await copies(last)).length, 1, 'what learners have is known on')
  })

  it('keep what they were made of in the database, also when the course has it no more', async () => {
    const { hub } = await start(configOf(content))
    const [{ digest }] = await hub.db('notebooks').where({ path: 'week1/a.ipynb' }).select('digest')
    await push(hub, { 'week1/a.ipynb': notebook('A, again') })
    const isThere = async () => (await hub.db('blobs').where({ digest })).length === 1
    const age = () => hub.db('blobs').whereNotNull('idle').update({ idle: 1 })
    await removeIdleBlobs(hub.db)
    await age()
    await removeIdleBlobs(hub.db)
    assert.ok(await isThere(), 'a server may yet start with the bundle of which it is a part')
    // The sweep of bundles that nothing names takes its notebooks with it.
    const [now] = await hub.db('brought').pluck('bundles')
    await hub
      .db('bundles')
      .whereNotIn(
        'digest',
        JSON.parse(now).map((one: { digest: string }) => one.digest),
      )
      .delete()
    await removeIdleBlobs(hub.db)
    await age()
    await removeIdleBlobs(hub.db)
    assert.equal(await isThere(), false)
  })

  it('are more than some homes have room for, which staff are told', async () => {
    const home = { path: '/home/jovyan/work', size: 100 }
    const { hub } = await start(configOf(content, 'all', { home }))
    const [problems] = await hub.db('brought').pluck('problems')
    assert.match(problems, /all files of the repository have .*room for 100 bytes \(home\.size\)/)
  })

  it('are not answered for before the start, where a link names one of the other files', async () => {
    const { hub, world } = await start(configOf(content))
    Object.assign(world.behaviour, { files: { 'notes/read.txt': 'file' } })
    await hub.browser().enter('/launch/demo/notes/read.txt')
  })
})

onEachDatabase('a course whose learners get no copies', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('opens what the image has, and never the notebooks of its repository', async () => {
    const content = await openContentWorld(cleanup)
    await content.course.commit({ 'week1/a.ipynb': notebook('A'), 'data/x': 'x', 'modules/m.py': '' })
    const world = createFakeServers({ files: { 'own.ipynb': 'notebook' }, bytes: {}, changes: [] })
    const hub = await startTestHub({ world, database: await makeDatabase(), config: configOf(content, 'none') })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    await pullEnded(hub)
    const browser = hub.browser()
    await browser.enter('/launch/demo/own.ipynb')
    const page = await browser.navigate('/launch/demo/week1/a.ipynb')
    assert.equal(page.status, 404, page.text)
    assert.deepEqual(Object.keys(world.behaviour.files ?? {}), ['own.ipynb'])
    assert.deepEqual(await hub.db('copies').select('path'), [])
    const { spec } = [...world.objects.values()][0] ?? {}
    assert.deepEqual(
      spec?.bundles.map(({ path }) => path),
      ['/srv/carrel/content/data', '/srv/carrel/content/modules', '/srv/carrel/inside'],
    )
  })
})

/** Begins a start with a hub that is a process of its own, and returns what it takes to go on with another. */
async function begin(cleanup: ReturnType<typeof cleanupAfterEach>, makeDatabase: () => Promise<string>) {
  const content = await openContentWorld(cleanup)
  await content.course.commit({ 'week1/a.ipynb': notebook('A') })
  const all = await openKillWorld(cleanup, makeDatabase)
  const { child, address } = await startHubProcess(cleanup, all, configOf(content))
  await pullEnded(all)
  const browser = createHttpBrowser(address)
  assert.equal((await browser.navigate('/launch/unknown')).status, 404)
  const goOn = async () => {
    await letHubsDie(all)
    const next = await startTestHub({ ...all, config: configOf(content) })
    cleanup.defer(() => next.stop())
    await until(async () => (await next.db('servers').first('state')).state === 'ready')
  }
  return { content, all, child, browser, goOn }
}

/** Says that the one start has come to its end once, with the copies of the commit with which it began. */
async function assertOnce({ db, world }: KillWorld, commit: string): Promise<void> {
  const { id, run } = await db('servers').first('id', 'run')
  assert.deepEqual([run, world.made], [1, [`carrel-${id}-1`]])
  const rows = await db('copies').select('holder', 'path', 'commit')
  assert.deepEqual({ ...rows[0] }, { holder: id, path: 'week1/a.ipynb', commit })
  const mounted = [...world.objects.values()][0]?.spec.bundles.filter(({ into }) => into === 'home') ?? []
  const [{ digest }] = await db('whole_notebooks').where({ bundle: mounted[0]?.digest }).select('digest')
  assert.deepEqual(await db('copies').pluck('digest'), [digest])
}

onEachDatabase('a hub that is killed while it lays copies of all files', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('leaves the note of what they are made of, also when the course has a newer commit by the time they come', async function () {
    this.timeout(300_000)
    const { content, all, child, browser, goOn } = await begin(cleanup, makeDatabase)
    all.world.behaviour.beforeBundle = new Promise(() => undefined)
    const laying = once(all.world.events, 'bundle')
    await browser.open('/tmplogin?course=demo')
    await laying
    const [{ commit }] = await all.db('copies').select('commit')
    await kill(child)
    delete all.world.behaviour.beforeBundle
    await content.course.commit({ 'week1/a.ipynb': notebook('A, again') })
    await all.db('pulls').update({ settings: 'other' })
    await goOn()
    await assertOnce(all, commit)
  })
})

onPostgresql('a hub that is killed as it notes copies of all files', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('has started nothing, and the next one notes and starts them once', async function () {
    this.timeout(300_000)
    const { all, child, browser, goOn } = await begin(cleanup, makeDatabase)
    const lock = await all.db.transaction()
    await lock.raw('lock table copies in exclusive mode')
    await browser.open('/tmplogin?course=demo')
    await until(async () => {
      const waiting = await all.db('pg_locks').where({ granted: false }).whereRaw(`relation = 'copies'::regclass`)
      return waiting.length > 0
    })
    await kill(child)
    // PostgreSQL may still carry the statement out, which harms nothing.
    await lock.rollback()
    assert.deepEqual(all.world.made, [])
    await goOn()
    const [commit] = await all.db('brought').pluck('commit')
    await assertOnce(all, commit)
  })
})
