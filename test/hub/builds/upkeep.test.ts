import assert from 'node:assert/strict'
import { carryBuild } from '../../../hub/builds/build.ts'
import { askForBuild } from '../../../hub/builds/request.ts'
import { tidyBuilds } from '../../../hub/builds/upkeep.ts'
import { findJob, takeJobs } from '../../../hub/db/jobs/jobs.ts'
import { fetchImages } from '../../../hub/images/fetch.ts'
import { lookAtImages } from '../../../hub/images/look.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { commitOf, createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { createFakeImages, type FakeImages } from '../../helpers/fakes/fake-images.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

const never = new AbortController().signal
const by = { id: 'operator' }
const week = 8 * 24 * 3600_000

onEachDatabase('images that the hub has built', (makeDatabase) => {
  let world: FakeBuilds
  let images: FakeImages
  let parts: Parts

  beforeEach(async () => {
    world = createFakeBuilds()
    images = createFakeImages()
    const { git, builder } = fakeBuilds(world)
    const config = {
      builds: { images: { python: { git: 'https://git.example.org/python' } }, builder },
      courses: { demo: { image: '@python' }, other: { image: 'two' } },
    }
    parts = await openParts(await makeDatabase(), config, images, git)
  })
  afterEach(() => parts.stop())

  /** Does what the hub's loop does with a build that is asked for. */
  const build = async (commit: string, how: { insists?: boolean; fresh?: boolean } = { insists: true }) => {
    world.commit = commitOf(commit)
    const { id } = await askForBuild(parts.hub, 'python', by, how)
    await work()
    return findJob(parts.hub.db, 'image', id)
  }
  const work = async () => {
    const taken = await takeJobs(parts.hub.db, parts.hub.id, { kind: 'image', names: ['python'], busy: [], atOnce: 1 })
    for (const { job: row, hold } of taken) await carryBuild(parts.hub, row, hold, never)
  }
  const age = () => {
    for (const image of world.images.values()) image.at -= week
  }

  it('go a week after they were made, unless servers start or run with them, or a container was made from them', async () => {
    await build('first')
    const { demo } = parts.hub.courses.all
    assert.ok(demo)
    const server = await requestServer(parts.hub, await parts.makeUser(), demo)
    await until(async () => (await parts.hub.db('servers').where({ id: server.id }).first('state')).state === 'ready')
    await build('second')
    await build('third')
    await build('fourth')
    const [first = '', second = '', third = '', fourth = ''] = world.made
    world.inUse.add(third)
    await tidyBuilds(parts.hub, never)
    assert.equal(world.images.size, 4)
    age()
    await tidyBuilds(parts.hub, never)
    assert.deepEqual([...world.images.keys()], [first, third, fourth])
    assert.ok(second)
  })

  it('are forgotten but for the last builds, with what they have printed', async () => {
    for (let count = 0; count < 25; count += 1) await build('first')
    await tidyBuilds(parts.hub, never)
    const rows = await parts.hub.db('jobs').orderBy('id').pluck('id')
    assert.equal(rows.length, 20)
    assert.deepEqual(await parts.hub.db('logs').distinct('job').orderBy('job').pluck('job'), rows)
    assert.equal(world.made.length, 1)
    assert.equal((await parts.hub.db('events').where({ kind: 'image-built' })).length, 1)
  })

  it('are built and brought where servers start when all images are fetched, and looked for by their real names', async () => {
    images.registry.set('two', 'sha256:two')
    const fetching = fetchImages(parts.hub, Object.values(parts.hub.courses.all), {
      ...{ by, signal: never, report: () => undefined },
    })
    await until(async () => (await parts.hub.db('jobs')).length === 1)
    images.registry.set(`fake.invalid/python:${await keyPart()}`, 'sha256:built')
    await work()
    const found = await fetching
    assert.deepEqual(
      found.map(({ image, problem }) => [image.replace(/:.*/, ''), problem]),
      [
        ['two', undefined],
        ['fake.invalid/python', undefined],
      ],
    )
    await lookAtImages(parts.hub, never)
    const asked = images.found.at(-1)?.map(({ image }) => image)
    assert.deepEqual(asked, [`fake.invalid/${world.made[0]}`, 'two'])
  })

  /** Returns the part of the key after the colon that the build will have, from one that was made and forgotten again. */
  const keyPart = async () => {
    const { planOf, buildKey } = await import('../../../hub/builds/plan.ts')
    const { git, builder } = parts.hub.builds
    const settings = parts.hub.config.builds.images.python
    assert.ok(git && builder && settings)
    const source = { url: settings.git }
    const more = { commit: world.commit, left: [], signal: never, report: () => undefined }
    const plan = await planOf({ settings, source, git, builder, ...more })
    return buildKey('python', plan.content).split(':')[1]
  }

  it('that could not be built anew keep what there is, and say so', async () => {
    await build('first')
    images.registry.set(`fake.invalid/${world.made[0]}`, 'sha256:built')
    world.commit = commitOf('second')
    world.buildError = Object.assign(new Error('Step 2 has ended with 1.'), { name: 'BuildError' })
    const fetch = () =>
      fetchImages(
        parts.hub,
        [parts.hub.courses.all.demo].filter((one) => one !== undefined),
        {
          ...{ by, signal: never, report: () => undefined },
        },
      )
    const fetching = fetch()
    await until(async () => (await parts.hub.db('jobs')).length === 2)
    await work()
    const [found] = await fetching
    assert.equal(found?.problem, 'It could not be built anew: Step 2 has ended with 1.')
    assert.deepEqual(found?.places, { having: 1, all: 1 })
    const events = await parts.hub.db('events').where('kind', 'like', 'image-build%').pluck('kind')
    assert.deepEqual(events, ['image-build-asked', 'image-build-failed'])
  })

  it('whose hub has ended are tried by the next one, however long ago that was', async () => {
    const { id } = await askForBuild(parts.hub, 'python', by, { insists: true })
    await parts.hub.db('jobs').where({ id }).update({ state: 'building', epoch: 1, owner: 'dead', started: 1 })
    await work()
    assert.equal((await findJob(parts.hub.db, 'image', id))?.state, 'built')
    assert.equal(world.made.length, 1)
  })

  it('that ten hubs have ended with are given up', async () => {
    const { id } = await askForBuild(parts.hub, 'python', by, { insists: true })
    await parts.hub.db('jobs').where({ id }).update({ epoch: 10, owner: 'dead' })
    await work()
    assert.match((await findJob(parts.hub.db, 'image', id))?.problem ?? '', /ended 10 times/)
    assert.equal(world.asked, 0)
  })
})
