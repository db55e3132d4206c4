import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { adminSocketOf } from '../../../net/machine/admin-socket.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

onEachDatabase('the API of images', (makeDatabase) => {
  let images: FakeImages
  let hub: TestHub
  const cleanup = cleanupAfterEach()

  const start = async (has: FakeImages | undefined) => {
    const world = createFakeServers({}, has)
    cleanup.defer(() => world.close())
    const courses = { demo: { image: 'one', tags: { edge: { image: 'edge' } } }, Pandas: { image: 'two' } }
    const started = await startTestHub({ database: await makeDatabase(), world, config: { courses } })
    cleanup.defer(() => started.stop())
    hub = started
  }
  beforeEach(async () => {
    images = createFakeImages()
    await start(images)
    for (const image of ['one', 'two']) images.registry.set(image, fakeId(image))
  })

  const ask = (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    const asked = request({ socketPath: adminSocketOf(hub.dataDir), method, path, headers, agent: false })
    asked.end(body && JSON.stringify(body))
    return asked
  }
  const call = async (method: string, path: string, body?: object) => {
    const [answer] = await once(ask(method, path, body), 'response')
    return { status: answer.statusCode, type: answer.headers['content-type'], text: await text(answer) }
  }
  const lines = (answer: { text: string }) => {
    const all = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return all.filter((line) => Object.keys(line).length > 0)
  }
  const list = async () => JSON.parse((await call('GET', '/hub/api/images')).text)

  it('lists the images of all courses, as they were when the hub last looked', async () => {
    await until(async () => (await list()).images.every(({ looked }: { looked: string | null }) => looked !== null))
    images.engines[0]?.set('one', fakeId('one'))
    await call('POST', '/hub/api/images/pull', { courses: ['demo'] })
    const { supported, images: all } = await list()
    assert.equal(supported, true)
    assert.deepEqual(
      all.map(({ looked, fetched, ...rest }: Record<string, string>) => rest),
      [
        {
          ...{ image: 'one', id: fakeId('one'), places: { having: 1, all: 1 }, problem: null },
          ...{ courses: ['demo'], fetch_problem: null, versions: null },
        },
        {
          ...{ image: 'edge', id: null, places: { having: 0, all: 1 }, courses: ['demo--edge'], versions: null },
          problem: 'The registry does not know edge. Correct the name in the config.',
          fetch_problem: 'The registry does not know edge. Correct the name in the config.',
        },
        {
          ...{
            image: 'two',
            id: null,
            places: { having: 0, all: 1 },
            courses: ['Pandas'],
            fetch_problem: null,
            versions: null,
          },
          problem: 'No engine has the image two. Fetch it: carrel images pull.',
        },
      ],
    )
  })

  it('fetches the images of all courses, and tells of each step, each result and the end', async () => {
    const answer = await call('POST', '/hub/api/images/pull')
    assert.deepEqual([answer.status, answer.type], [200, 'application/x-ndjson'])
    const all = lines(answer)
    assert.deepEqual(all.at(-1), { end: true, failed: 1 })
    assert.deepEqual(
      all.filter(({ done }) => done).map(({ image, id }) => [image, id]),
      [
        ['one', fakeId('one')],
        ['edge', null],
        ['two', fakeId('two')],
      ],
    )
    assert.ok(all.some(({ image, percent }) => image === 'two' && percent === 0))
  })

  it('fetches the images of some courses with their tags, whatever case their names are in', async () => {
    await call('POST', '/hub/api/images/pull', { courses: ['DEMO'] })
    assert.deepEqual(
      images.brought.flat().map(({ image }) => image),
      ['one', 'edge'],
    )
    const unknown = await call('POST', '/hub/api/images/pull', { courses: ['demo', 'Pandsa'] })
    assert.equal(unknown.status, 404)
    assert.match(JSON.parse(unknown.text).message, /no course named "Pandsa" here\. Did you mean Pandas\?/)
    assert.equal(images.brought.length, 1)
  })

  it('tells in its last line why nothing can be fetched', async () => {
    images.error = new Error('the engine does not answer')
    const all = lines(await call('POST', '/hub/api/images/pull'))
    assert.deepEqual(all.at(-1), { error: 'images_failed', message: 'the engine does not answer' })
  })

  it('stops fetching when its client leaves, and begins again for the next', async () => {
    let proceed = () => {}
    images.midway = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(hub.world.events, 'bringing-image')
    const asked = ask('POST', '/hub/api/images/pull', {})
    asked.on('error', () => undefined)
    const [answer] = await once(asked, 'response')
    answer.on('error', () => undefined)
    await begun
    asked.destroy()
    proceed()
    assert.deepEqual(lines(await call('POST', '/hub/api/images/pull')).at(-1), { end: true, failed: 1 })
  })

  it('says so where servers start from no images', async () => {
    await start(undefined)
    assert.deepEqual((await list()).supported, false)
    const answer = await call('POST', '/hub/api/images/pull')
    assert.equal(answer.status, 409)
    assert.match(JSON.parse(answer.text).message, /starts servers from no images/)
  })
})
