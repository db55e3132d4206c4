import assert from 'node:assert/strict'
import { once } from 'node:events'
import { findBuilt } from '../../../hub/db/builds/built.ts'
import { latestJobs } from '../../../hub/db/jobs/jobs.ts'
import { BuildError } from '../../../spawners/builder.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { commitOf, createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

export const images = { python: { git: 'https://git.example.org/python' } }

onEachDatabase('an image that the hub builds', (makeDatabase) => {
  let world: FakeBuilds
  let hub: TestHub

  beforeEach(async () => {
    world = createFakeBuilds()
    const { git, builder } = fakeBuilds(world)
    hub = await startTestHub({
      database: await makeDatabase(),
      config: { builds: { images, builder }, courses: { demo: { image: '@python' } } },
      git,
    })
  })
  afterEach(() => hub.stop())

  const last = async () => (await latestJobs(hub.db, 'image', ['python'])).get('python')
  const ended = async () => {
    await until(async () => ['built', 'failed'].includes((await last())?.state ?? ''))
    return last()
  }
  const click = async () => {
    const browser = hub.browser()
    browser.setNonce()
    return browser.post('/hub/launches', { link: '/launch/demo' })
  }

  it('is begun by the first click on its course, made once for many, and then its servers start with it', async () => {
    let proceed = () => {}
    world.midway = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(world.events, 'building')
    const answers = await Promise.all(Array.from({ length: 5 }, click))
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.json().error], [503, 'image_not_built'])
      assert.match(answer.json().message, /being put together/)
      assert.ok(Number(answer.headers['retry-after']) > 0)
    }
    await begun
    proceed()
    assert.equal((await ended())?.state, 'built')
    assert.equal(world.made.length, 1)
    assert.equal((await hub.db('jobs')).length, 1)
    const browser = hub.browser()
    await browser.enter('/launch/demo')
    const [object] = hub.world.objects.values()
    assert.equal(object?.spec.image, `fake.invalid/${world.made[0]}`)
  })

  it('is not tried again by clicks once it has failed, and tells a learner what to do', async () => {
    world.buildError = new BuildError('Step 3 has ended with 1: pip install nothing')
    await click()
    assert.equal((await ended())?.state, 'failed')
    const answer = await click()
    assert.deepEqual([answer.status, answer.json().error], [424, 'image_build_failed'])
    assert.match(answer.json().message, /Tell your teacher/)
    assert.doesNotMatch(answer.text, /pip install/)
    await click()
    assert.equal(world.asked, 1)
    const events = await hub.db('events').where('kind', 'like', 'image-%').select('kind', 'detail')
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['image-build-failed'],
    )
    assert.match(events[0].detail, /pip install nothing/)
  })

  it('is made anew of a new commit, while servers start with the last one', async () => {
    await click()
    await ended()
    const first = world.made[0]
    world.commit = commitOf('second')
    let proceed = () => {}
    world.midway = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(world.events, 'building')
    await hub.db('jobs').insert(wanted())
    await begun
    const browser = hub.browser()
    await browser.enter('/launch/demo')
    assert.equal([...hub.world.objects.values()][0]?.spec.image, `fake.invalid/${first}`)
    proceed()
    await until(async () => (await findBuilt(hub.db, 'python'))?.commit === world.commit)
    assert.equal(world.made.length, 2)
    const [, changed] = await hub.db('events').where({ kind: 'image-built' }).orderBy('id')
    assert.deepEqual(
      [JSON.parse(changed.detail).from, JSON.parse(changed.detail).to],
      [commitOf('first'), commitOf('second')],
    )
  })

  const wanted = () => ({
    ...{
      kind: 'image',
      name: 'python',
      settings: 's',
      state: 'waiting',
      epoch: 0,
      fresh: false,
      insists: false,
      passes: false,
    },
    ...{ asked_by: 'operator', asked: 1 },
  })

  it('is not tried again of the same commit unless a person insists', async () => {
    world.buildError = new BuildError('no')
    await click()
    await ended()
    await hub.db('jobs').insert(wanted())
    await until(async () => (await last())?.id !== 1 && (await last())?.state === 'failed')
    assert.match((await last())?.problem ?? '', /no/)
    assert.equal(world.made.length, 0)
    world.buildError = undefined
    await hub.db('jobs').insert(wanted())
    await until(async () => (await last())?.id !== 2 && (await last())?.state === 'failed')
    assert.equal(world.made.length, 0)
    await hub.db('jobs').insert({ ...wanted(), insists: true })
    await until(async () => (await last())?.state === 'built')
    assert.equal(world.made.length, 1)
  })
})
