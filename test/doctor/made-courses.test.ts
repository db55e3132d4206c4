import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { checkDatabase, withMadeCourses } from '../../doctor/database.ts'
import { checkFetched } from '../../doctor/images.ts'
import type { Setup } from '../../doctor/setup.ts'
import { putImages } from '../../hub/db/images/images.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'
import { testConfig } from '../helpers/test-hub.ts'
import { making, startMakersHub } from '../hub/courses/makers.ts'
import { people } from '../hub/people.ts'

onEachDatabase('carrel doctor, of courses that people have made', (makeDatabase) => {
  const config = testConfig({}, undefined, {
    courses: { demo: { image: 'one' } },
    authenticators: [temporary(), people],
    groups: { teachers: ['bea'] },
    courseMaking: { ...making, images: ['stats:3'] },
  })

  it('looks at them as at those of the config, and names those that do not open', async () => {
    const database = await makeDatabase()
    const hub = await startMakersHub({ database })
    const setup = { databaseUrl: hub.databaseUrl, config } as Setup
    try {
      assert.deepEqual(await withMadeCourses(setup), { setup, findings: [] })
      const ann = await hub.maker('ann')
      const make = async (name: string, definition: object) =>
        assert.equal((await ann.ask('POST', '', { name, definition })).status, 201)
      await make('Stats', { image: 'stats:3', apps: { lab: {} } })
      await make('Old', { image: 'stats:3' })
      await make('Beyond', { image: 'registry.test/courses/x' })
      await ann.ask('POST', '/old/archive', {})
      await ann.ask('POST', '/stats/rename', { to: 'Statistics' })
      const { setup: with_, findings } = await withMadeCourses(setup)
      assert.deepEqual(Object.keys(with_.config.courses), ['demo', 'statistics', 'statistics--lab'])
      assert.deepEqual(
        findings.map(({ verdict, check }) => [verdict, check]),
        [
          ['ok', 'courses that people have made'],
          ['problem', 'course Beyond'],
        ],
      )
      assert.match(findings[1]?.message ?? '', /^does not open: image: .* Mend it: carrel course edit Beyond$/)
      const missing = { image: 'stats:3', places: { having: 0, all: 1 }, problem: 'The engine has none.' }
      await putImages(hub.db, [missing], { by: 'look', since: 1 })
      const [found] = await checkFetched(with_)
      assert.match(found?.message ?? '', /^is missing, and learners of Statistics, Statistics--lab wait for it/)
    } finally {
      await hub.stop()
    }
  })

  it('leaves them out of a database that it cannot read, which is told by itself', async () => {
    const hub = await startMakersHub({ database: await makeDatabase() })
    const setup = { databaseUrl: hub.databaseUrl, config } as Setup
    try {
      await hub.db.schema.alterTable('catalogue', (table) => table.dropColumn('granted'))
      await hub.db('installation').update({ catalogue_revision: 1 })
      await hub.db('catalogue').insert({
        ...{ id: 'x', name: 'x', slug: 'x', state: 'active', definition: '{}', version: 1, revision: 1 },
        ...{ made_by: 'x', maker: '', made: 1, changer: '', changed: 1 },
      })
      await hub.db.schema.dropTable('aliases')
      const { setup: same, findings } = await withMadeCourses(setup)
      assert.equal(same, setup)
      assert.deepEqual(
        findings.map(({ verdict }) => verdict),
        ['unknown'],
      )
      assert.match(findings[0]?.message ?? '', /^could not be read: .*start the hub of this version once/)
      assert.equal((await checkDatabase(setup))[0]?.verdict, 'ok')
    } finally {
      await hub.stop()
    }
  })
})
