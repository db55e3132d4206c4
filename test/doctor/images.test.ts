import assert from 'node:assert/strict'
import { checkFetched } from '../../doctor/images.ts'
import type { Setup } from '../../doctor/setup.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { putImages } from '../../hub/db/images/images.ts'
import { wantJob } from '../../hub/db/jobs/jobs.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'
import { createFakeBuilds, fakeBuilds } from '../helpers/fakes/fake-builds.ts'
import { fakeId } from '../helpers/fakes/fake-images.ts'
import { testConfig } from '../helpers/test-hub.ts'

onEachDatabase('carrel doctor, of images', (makeDatabase) => {
  const config = testConfig({}, undefined, {
    courses: { demo: { image: 'one', tags: { edge: { image: 'two' } } }, third: { image: 'three' } },
    authenticators: testConfig({}).authenticators.filter(({ kind }) => kind === 'temporary'),
  })

  it('names the courses whose image is missing, and images that cannot be fetched any more', async () => {
    const databaseUrl = await makeDatabase()
    const { db, close } = await openDatabase(databaseUrl)
    const check = async () =>
      (await checkFetched({ databaseUrl, config } as Setup)).map((one) => `${one.verdict} ${one.check}: ${one.message}`)
    try {
      assert.deepEqual(await check(), [])
      const at = (having: number) => ({ having, all: 2 })
      const there = { id: fakeId('a'), places: at(2) }
      await putImages(
        db,
        [
          { image: 'one', ...there },
          { image: 'two', places: at(0), problem: 'The engine has none.' },
          { image: 'three', id: fakeId('b'), places: at(1), problem: 'A node lacks it.' },
          { image: 'of another config', places: at(0), problem: 'The engine has none.' },
        ],
        { by: 'look', since: 1 },
      )
      assert.deepEqual((await check()).sort(), [
        'ok image three: is at 1 of 2 places',
        'problem image two: is missing, and learners of demo--edge wait for it. The engine has none. Have it fetched before they come: carrel images pull',
      ])
      await putImages(
        db,
        [
          { image: 'one', ...there, problem: 'The registry is away.' },
          { image: 'two', ...there },
          { image: 'three', id: fakeId('b'), places: { having: 0, all: 0 } },
        ],
        { by: 'fetch' },
      )
      assert.deepEqual(await check(), ['problem image one: could not be fetched anew: The registry is away.'])
      await putImages(db, [{ image: 'one', ...there }], { by: 'fetch' })
      assert.deepEqual(await check(), ['ok images: are where servers start'])
    } finally {
      await close()
    }
  })

  it('names images that were not built or could not be, and courses that wait for them', async () => {
    const databaseUrl = await makeDatabase()
    const { db, close } = await openDatabase(databaseUrl)
    const git = 'https://git.example.org/x'
    const building = testConfig({}, undefined, {
      courses: { demo: { image: '@one' }, third: { image: '@two' } },
      builds: {
        images: { one: { git }, two: { git }, unused: { git } },
        builder: fakeBuilds(createFakeBuilds()).builder,
      },
      authenticators: config.authenticators,
    })
    const check = async () =>
      (await checkFetched({ databaseUrl, config: building } as Setup)).map(
        (one) => `${one.verdict} ${one.check}: ${one.message}`,
      )
    try {
      const missing = (name: string, course: string) =>
        `problem image @${name}: was not built yet, and learners of ${course} wait for it. Have it built before they come: carrel images build ${name}`
      assert.deepEqual(await check(), [missing('one', 'demo'), missing('two', 'third')])
      const wanted = { settings: 's', by: 'operator', fresh: false, insists: true }
      const { job } = await wantJob(db, { kind: 'image', name: 'one', ...wanted })
      assert.deepEqual((await check())[0], 'ok image @one: waits for its turn')
      await db('jobs').where({ id: job.id }).update({ state: 'failed', problem: 'Step 2 has ended with 1.' })
      assert.deepEqual(await check(), [
        'problem image @one: could not be built, so that demo cannot be opened: Step 2 has ended with 1. When that is mended: carrel images build one',
        missing('two', 'third'),
      ])
    } finally {
      await close()
    }
  })
})
