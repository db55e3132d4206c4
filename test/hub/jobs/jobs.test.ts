import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { renewHub } from '../../../hub/db/hubs.ts'
import {
  findJob,
  forgetJobs,
  hasFreeJob,
  type JobHold,
  returnJob,
  takeJobs,
  wantJob,
} from '../../../hub/db/jobs/jobs.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('a job', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>

  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
    for (const hub of ['one', 'two']) await renewHub(db, hub)
  })
  afterEach(() => close())

  const want = () => wantJob(db, { kind: 'content', name: 'demo', settings: 's', by: 'operator', insists: true })
  const take = async (hub: string) => {
    const taken = await takeJobs(db, hub, { kind: 'content', names: ['demo'], busy: [], atOnce: 5 })
    return taken[0]?.hold
  }
  const giveBack = (hold: JobHold | undefined) =>
    db.transaction(async (trx) => hold !== undefined && (await returnJob(trx, hold)))

  it('is of its kind: another one of the same name is under way beside it, and no second of its own', async () => {
    const { job } = await want()
    assert.deepEqual(await want(), { job, isNew: false })
    const image = await wantJob(db, { kind: 'image', name: 'demo', settings: 's', by: 'operator', insists: true })
    assert.equal(image.isNew, true)
    assert.equal(await findJob(db, 'image', job.id), undefined)
    assert.equal((await takeJobs(db, 'one', { kind: 'image', names: ['demo'], busy: [], atOnce: 5 })).length, 1)
    assert.equal((await findJob(db, 'content', job.id))?.state, 'waiting')
  })

  it('that a hub has given back is for the others, each of which tries it once', async () => {
    const { job } = await want()
    const first = await take('one')
    assert.equal(await giveBack(first), true)
    assert.equal(await hasFreeJob(db, 'one', []), false)
    assert.equal(await take('one'), undefined)
    assert.equal((await findJob(db, 'content', job.id))?.state, 'waiting')
    const second = await take('two')
    assert.equal(second?.owner, 'two')
    assert.equal(await giveBack(second), false)
    assert.equal((await findJob(db, 'content', job.id))?.state, 'fetching')
  })

  it('is given back by no hub that has lost it, and by none that is alone', async () => {
    await want()
    const first = await take('one')
    await db('jobs').update({ epoch: 7 })
    assert.equal(await giveBack(first), false)
    await db('hubs').where({ id: 'two' }).delete()
    await db('jobs').update({ owner: null })
    assert.equal(await giveBack(await take('one')), false)
  })

  it('is forgotten once it has ended and so many later ones of its kind and name have, and never before', async () => {
    const jobs: number[] = []
    for (const kind of ['content', 'image'] as const)
      for (let count = 0; count < 3; count += 1) {
        const { job } = await wantJob(db, { kind, name: 'demo', settings: 's', by: 'operator', insists: true })
        await db('jobs').where({ id: job.id }).update({ state: 'failed' })
        jobs.push(job.id)
      }
    const { job } = await want()
    const [first, second, third, ...images] = jobs
    assert.deepEqual((await forgetJobs(db, 2)).sort(), [first, images[0]])
    assert.deepEqual(await forgetJobs(db, 2), [])
    assert.deepEqual((await forgetJobs(db, 0)).sort(), [second, third, ...images.slice(1)])
    assert.deepEqual(await db('jobs').pluck('id'), [job.id])
  })

  it('that the others do not take comes back to the hub that has given it back, which then ends it', async () => {
    await want()
    assert.equal(await giveBack(await take('one')), true)
    await db('jobs').update({ returned: 1 })
    const again = await take('one')
    assert.equal(again?.owner, 'one')
    assert.equal(await giveBack(again), false)
  })
})
