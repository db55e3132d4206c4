import assert from 'node:assert/strict'
import { once } from 'node:events'
import { findImages, putImages } from '../../../hub/db/images/images.ts'
import { fetchImages } from '../../../hub/images/fetch.ts'
import { lookAtImages } from '../../../hub/images/look.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { until } from '../../helpers/until.ts'
import { openParts } from '../parts.ts'

const never = new AbortController().signal

onEachDatabase('the images of courses', (makeDatabase) => {
  let images: FakeImages
  let parts: Awaited<ReturnType<typeof openParts>>

  beforeEach(async () => {
    images = createFakeImages(2)
    const courses = {
      demo: { image: 'one', tags: { edge: { image: 'edge' } } },
      other: { image: 'one', gpu: true },
      third: { image: 'two' },
    }
    parts = await openParts(await makeDatabase(), { courses }, images)
  })
  afterEach(() => parts.stop())

  const known = async (...names: string[]) => [...(await findImages(parts.hub.db, names)).values()]
  const look = () => lookAtImages(parts.hub, never)
  const fetchAll = () =>
    fetchImages(parts.hub, Object.values(parts.hub.courses.all), {
      signal: never,
      report: () => undefined,
      by: { id: 'operator' },
    })
  const changes = async () => {
    const rows = await parts.hub.db('events').where({ kind: 'image-changed' }).pluck('detail')
    return rows.map((detail) => JSON.parse(detail))
  }
  const publish = (image: string, version: string) => images.registry.set(image, fakeId(version))

  it('are looked for once each, with what all their courses ask for', async () => {
    await look()
    assert.deepEqual(images.found, [
      [
        {
          image: 'one',
          uses: [
            { options: {}, gpu: false },
            { options: {}, gpu: true },
          ],
        },
        { image: 'edge', uses: [{ options: {}, gpu: false }] },
        { image: 'two', uses: [{ options: {}, gpu: false }] },
      ],
    ])
    assert.deepEqual(images.kept, ['one', 'edge', 'two'])
    assert.deepEqual(images.brought, [])
  })

  it('are known as missing, with the reason, until they are there', async () => {
    await look()
    const [missing] = await known('one')
    assert.deepEqual(missing?.places, { having: 0, all: 2 })
    assert.match(String(missing?.problem), /carrel images pull/)
    images.engines[0]?.set('one', fakeId('a'))
    await look()
    assert.deepEqual((await known('one'))[0]?.places, { having: 1, all: 2 })
    images.engines[1]?.set('one', fakeId('a'))
    await look()
    const [there] = await known('one')
    assert.deepEqual([there?.id, there?.problem], [fakeId('a'), undefined])
  })

  it('are fetched, and the reason why one was not stays known when the next look finds it missing', async () => {
    publish('one', 'a')
    publish('two', 'b')
    const found = await fetchAll()
    assert.deepEqual(
      found.map(({ image, problem }) => [image, problem === undefined]),
      [
        ['one', true],
        ['edge', false],
        ['two', true],
      ],
    )
    // A look that begins within the millisecond in which the fetch ended does not count.
    const edge = await until(async () => {
      await look()
      const [now] = await known('edge')
      return now?.problem !== now?.fetchProblem && now
    })
    assert.match(String(edge?.fetchProblem), /registry does not know edge/)
    assert.match(String(edge?.problem), /No engine has the image/)
    publish('edge', 'c')
    await fetchAll()
    assert.deepEqual([(await known('edge'))[0]?.fetchProblem, (await known('edge'))[0]?.id], [undefined, fakeId('c')])
  })

  it('leave a line of history when a name stands for another image, and only then', async () => {
    publish('one', 'a')
    await fetchAll()
    await look()
    assert.deepEqual(await changes(), [])
    publish('one', 'b')
    await Promise.all([fetchAll(), fetchAll()])
    await look()
    assert.deepEqual(await changes(), [{ image: 'one', from: fakeId('a'), to: fakeId('b') }])
  })

  it('are as a fetch has left them, also for a look that began before and ends after it', async () => {
    publish('one', 'a')
    await fetchAll()
    const since = (await known('one'))[0]?.fetched as number
    const places = { having: 0, all: 2 }
    await putImages(parts.hub.db, [{ image: 'one', places, problem: 'gone' }], { by: 'look', since })
    assert.equal((await known('one'))[0]?.id, fakeId('a'))
    await putImages(parts.hub.db, [{ image: 'one', places, problem: 'gone' }], { by: 'look', since: since + 1 })
    assert.equal((await known('one'))[0]?.id, undefined)
  })

  it('are forgotten when no config has named them for a week', async () => {
    await look()
    const day = 24 * 3600_000
    await parts.hub
      .db('images')
      .where({ image: 'two' })
      .decrement('looked', 8 * day)
    await parts.hub
      .db('images')
      .where({ image: 'edge' })
      .decrement('looked', 6 * day)
    delete parts.hub.courses.all.third
    delete parts.hub.courses.all['demo--edge']
    await look()
    assert.deepEqual((await known('one', 'two', 'edge')).map(({ image }) => image).sort(), ['edge', 'one'])
  })

  it('with names that are longer than any engine takes are not kept', async () => {
    const { demo } = parts.hub.courses.all
    if (demo === undefined) throw new Error('the course is missing')
    demo.image = 'x'.repeat(1001)
    await look()
    assert.deepEqual(await known(demo.image), [])
    assert.equal((await known('two')).length, 1)
  })

  it('are fetched, also where the spawner cannot let go of others', async () => {
    publish('one', 'a')
    images.keepError = new Error('no rights')
    assert.equal((await fetchAll())[0]?.id, fakeId('a'))
    await assert.rejects(look(), /no rights/)
    assert.equal((await known('one'))[0]?.id, fakeId('a'))
    assert.equal(images.kept, undefined)
  })

  it('stay as they were known when the engine does not answer', async () => {
    publish('one', 'a')
    await fetchAll()
    images.error = new Error('the engine does not answer')
    await assert.rejects(look(), /does not answer/)
    await assert.rejects(fetchAll(), /does not answer/)
    assert.equal((await known('one'))[0]?.id, fakeId('a'))
  })

  it('are not fetched any further when the caller has left', async () => {
    publish('one', 'a')
    images.midway = new Promise(() => undefined)
    const leaving = new AbortController()
    const begun = once(parts.world.events, 'bringing-image')
    const courses = Object.values(parts.hub.courses.all)
    const fetching = fetchImages(parts.hub, courses, {
      signal: leaving.signal,
      report: () => undefined,
      by: { id: 'operator' },
    })
    await begun
    leaving.abort(new Error('left'))
    await assert.rejects(fetching, /left/)
    assert.deepEqual(await known('one'), [])
  })
})
