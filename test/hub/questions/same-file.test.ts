import assert from 'node:assert/strict'
import { archiveOf, bundleOf } from '../../../hub/bundles/archive.ts'
import { putBundle } from '../../../hub/db/bundles/bundles.ts'
import { lockHandedIn } from '../../../hub/db/dialect.ts'
import { rememberAnswers } from '../../../hub/db/servers/answers.ts'
import { lockUser } from '../../../hub/db/users.ts'
import { missingPostgresql, postgresqlDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import type { ChoiceHub } from '../choices/choice-hub.ts'
import { answer, repo, startQuestionHub } from './question-hub.ts'

describe('two users who have handed in the same file', () => {
  let database: TestDatabase
  let hub: ChoiceHub

  before(function () {
    requirePart(this, 'postgresql', missingPostgresql())
  })
  afterEach(async () => {
    await hub?.stop()
    await database?.remove()
  })

  it('both have what they said when one takes it away while the other hands it in', async () => {
    database = await postgresqlDatabase()
    hub = await startQuestionHub(database.url)
    const [ben] = [await hub.signIn('ben'), await hub.signIn('carl')]
    const link = '/launch/data'
    const csv = { name: 'same.csv', content: 'a,b\n' }
    await answer(ben, link, { repo, dataset: csv, 'choice-size': 'small' })
    const carl = await hub.db('users').where({ name: 'carl' }).first('id')
    const files = [{ name: csv.name, executable: false, content: Buffer.from(csv.content) }]
    const bundle = bundleOf(files)
    const kept = async () => (await hub.db('bundles').where({ digest: bundle.digest })).length
    assert.equal(await kept(), 1)

    // Carl's form as a hub keeps it, held just before its end.
    const trx = await hub.db.transaction()
    const [{ pid }] = (await trx.raw('select pg_backend_pid() as pid')).rows
    await lockUser(trx, carl.id)
    await lockHandedIn(trx)
    await putBundle(trx, bundle, await archiveOf(files), carl.id)
    const file = { digest: bundle.digest, bytes: bundle.bytes }
    const { course } = await trx('answers').where({ question: 'dataset' }).first('course')
    await rememberAnswers(trx, { user: carl.id, course, answers: { dataset: { text: csv.name, file } } })
    const taken = answer(ben, link, { repo, 'remove-dataset': 'yes', 'choice-size': 'small' })
    await until(
      async () =>
        (await hub.db.raw('select 1 from pg_stat_activity where ? = any(pg_blocking_pids(pid))', [pid])).rows.length >
        0,
      'the form of one waits for that of the other',
    )
    await trx.commit()

    assert.equal((await taken).status, 303)
    const answers = await hub.db('answers').where({ question: 'dataset' }).orderBy('text').select('text')
    assert.deepEqual(answers, [{ text: '' }, { text: csv.name }])
    assert.equal(await kept(), 1)
  })
})
