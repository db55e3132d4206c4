import assert from 'node:assert/strict'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { createBundleSweep } from '../../../hub/bundles/sweep.ts'
import { staticFilesOfEach } from '../../../hub/db/images/static-files.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { earlyFiles } from '../../../hub/launch/early.ts'
import { routeOf } from '../../../hub/proxies/route.ts'
import { copyStaticFiles } from '../../../hub/static-files/copy.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { openParts } from '../parts.ts'

const never = new AbortController().signal
const main = 'static/lab/main.efd36b46f3b45eb8.js'

async function archiveWith(files: Record<string, string>): Promise<string> {
  const packing = pack()
  for (const [name, content] of Object.entries(files)) packing.entry({ name }, content)
  packing.finalize()
  return (await buffer(packing)).toString('latin1')
}

onEachDatabase('the static files of images', (makeDatabase) => {
  let images: FakeImages
  let parts: Awaited<ReturnType<typeof openParts>>

  beforeEach(async () => {
    images = createFakeImages()
    parts = await openParts(
      await makeDatabase(),
      { courses: { demo: { image: 'one' }, other: { image: 'same' } } },
      images,
    )
    for (const image of ['one', 'same']) images.engines[0]?.set(image, fakeId('a'))
  })
  afterEach(() => parts.stop())

  const copy = (signal = never) => copyStaticFiles(parts.hub, signal)
  const digest = async (text = 'a') => (await staticFilesOfEach(parts.hub.db, [fakeId(text)])).get(fakeId(text))
  const events = () => parts.hub.db('events').where('kind', 'like', 'static-files-%').orderBy('id').pluck('kind')
  const problem = async () => (await parts.hub.db('static_files').first('problem'))?.problem
  const watch = () => {
    const seen: string[] = []
    parts.world.events.on('errand', (id) => seen.push(parts.world.errands.get(id)?.spec.image ?? ''))
    return seen
  }

  it('are copied once a server of the image runs, once for all of its names, and are in the routes of its servers', async () => {
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'x'.repeat(1000) })
    const errands = watch()
    await copy()
    assert.deepEqual(errands, [])
    const { id } = await parts.makeReady()
    await parts.makeReady('other')
    await copy()
    await copy()
    assert.equal(errands.length, 1)
    assert.deepEqual(Object.fromEntries(parts.hub.counters.staticFiles), { copied: 1, refused: 0 })
    const copied = await digest()
    assert.match(copied ?? '', /^[0-9a-f]{64}$/)
    assert.deepEqual(await events(), ['static-files-copied'])
    const server = await findServer(parts.hub.db, id)
    assert.ok(server !== undefined)
    assert.equal((await routeOf(parts.hub, server)).access.static, copied)
    assert.ok((await parts.hub.bundles.archive(copied ?? '')).bytes > 0)
  })

  it('are others for another image of the same name, and those of both are kept', async () => {
    await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'one' })
    await copy()
    images.engines[0]?.set('same', fakeId('b'))
    await parts.makeReady('other')
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'two' })
    await copy()
    const both = [await digest('a'), await digest('b')]
    assert.equal(new Set(both).size, 2)
    assert.ok(!both.includes(undefined))
  })

  it('are brought by pages that wait for a server of the course, as those of its latest one, where hub and servers are of one site', async () => {
    const near = { hubUrl: 'http://hub.test', serversUrl: 'http://*.nb.hub.test' }
    const early = (course = 'demo', urls: object = near) => earlyFiles({ ...parts.hub, ...urls }, course)
    await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'one' })
    await copy()
    const one = await digest('a')
    assert.equal(await early(), `http://s-${one?.slice(0, 40)}.nb.hub.test/_carrel/static/${one}/`)
    assert.equal(
      await early('demo', { ...near, serversUrl: 'http://nb.hub.test' }),
      `http://nb.hub.test/_carrel/static/${one}/`,
    )
    for (const serversUrl of ['http://*.nb.other.test', near.hubUrl])
      assert.equal(await early('demo', { ...near, serversUrl }), undefined, serversUrl)
    assert.equal(await early('other'), undefined)
    await parts.hub.db('servers').update({ image: fakeId('b'), started: 1 })
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'two' })
    images.engines[0]?.set('one', fakeId('b'))
    await copy()
    assert.match((await early()) ?? '', new RegExp(`${await digest('b')}/$`))
    await parts.hub.db('servers').update({ state: 'stopped' })
    await copy()
    assert.match((await early()) ?? '', new RegExp(`${await digest('b')}/$`), 'also when no server runs any more')
    await parts.hub.db('static_files').update({ used: 0 })
    await copy()
    assert.equal(await early(), undefined)
    assert.deepEqual(await parts.hub.db('course_images'), [])
  })

  it('are not those of an image to which the name has moved meanwhile', async () => {
    await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'x' })
    let proceed = () => {}
    parts.world.behaviour.midErrand = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(parts.world.events, 'errand')
    const copying = copy()
    await begun
    images.engines[0]?.set('one', fakeId('b'))
    proceed()
    await copying
    assert.equal(await digest(), undefined)
    assert.deepEqual(await events(), [])
  })

  for (const [title, files, reason] of [
    ['there are none', {}, /has no static files/],
    ['the archive is broken', undefined, /./],
  ] as const) {
    it(`leave a reason where ${title}, told once in the history, and servers go on without`, async () => {
      const { id } = await parts.makeReady()
      const errands = watch()
      parts.world.behaviour.errandOutput = files === undefined ? 'no archive '.repeat(100) : await archiveWith(files)
      await copy()
      await copy()
      assert.equal(errands.length, 1)
      assert.match(await problem(), reason)
      await parts.hub.db('static_files').update({ tried: 0 })
      await copy()
      assert.equal(errands.length, 2)
      assert.equal(parts.hub.counters.staticFiles.get('refused'), 2)
      assert.deepEqual(await events(), ['static-files-refused'])
      assert.deepEqual(await parts.hub.db('errands'), [])
      const server = await findServer(parts.hub.db, id)
      assert.ok(server !== undefined)
      assert.equal((await routeOf(parts.hub, server)).access.static, undefined)
    })
  }

  it('are copied by the next housekeeper where the last one stopped in the midst of it', async () => {
    await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'x' })
    parts.world.behaviour.midErrand = new Promise<void>(() => undefined)
    const stopped = new AbortController()
    const begun = once(parts.world.events, 'errand')
    const copying = copy(stopped.signal)
    await begun
    stopped.abort()
    await copying
    assert.deepEqual(await parts.hub.db('static_files'), [])
    delete parts.world.behaviour.midErrand
    await copy()
    assert.notEqual(await digest(), undefined)
  })

  it('stay while servers of the image run, and go with their bundle two weeks after', async () => {
    const { id } = await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'x' })
    await copy()
    const old = () => parts.hub.db('static_files').update({ used: 0 })
    await old()
    await copy()
    const copied = await digest()
    assert.notEqual(copied, undefined)
    const bundle = () => parts.hub.db('bundles').where({ digest: copied }).first('digest')
    const sweep = createBundleSweep(parts.hub)
    const tidy = async () => {
      await parts.hub.db('bundles').update({ used: 0 })
      await sweep()
      await sweep()
    }
    await tidy()
    assert.notEqual(await bundle(), undefined)
    await parts.hub.db('servers').where({ id }).update({ state: 'stopped' })
    await old()
    await copy()
    assert.equal(await digest(), undefined)
    await tidy()
    assert.equal(await bundle(), undefined)
  })

  it('are not copied where the config says so, and are in no route then', async () => {
    const { id } = await parts.makeReady()
    parts.world.behaviour.errandOutput = await archiveWith({ [main]: 'x' })
    await copy()
    parts.hub.config.staticFiles = false
    const errands = watch()
    await parts.hub.db('static_files').update({ digest: null, tried: 0 })
    await copy()
    assert.deepEqual(errands, [])
    const server = await findServer(parts.hub.db, id)
    assert.ok(server !== undefined)
    assert.equal((await routeOf(parts.hub, server)).access.static, undefined)
  })
})
