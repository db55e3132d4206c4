import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import { findJob, wantJob } from '../../../hub/db/jobs/jobs.ts'
import { readLog } from '../../../hub/db/jobs/logs.ts'
import { buildsOfImages } from '../../../hub/db/migrations/later/0021-builds.ts'
import { jobsOfHubs } from '../../../hub/db/migrations/later/0025-jobs.ts'
import { onEachEmptyDatabase } from '../../helpers/engines/postgresql.ts'
import { lookInto } from '../../helpers/test-hub.ts'

onEachEmptyDatabase('an upgrade from before builds were jobs', (makeDatabase) => {
  it('keeps builds that have ended, those under way and their logs, and goes on with the next number', async () => {
    const url = await makeDatabase()
    const db = lookInto(url)
    await buildsOfImages.up(db)
    const row = {
      name: 'python',
      settings: 's',
      epoch: 2,
      fresh: false,
      insists: true,
      passes: false,
      asked_by: 'me',
      asked: 5,
    }
    const ended = { state: 'built', image: 'x', image_id: 'sha256:x', commit: 'c', ended: 9 }
    const moving = { state: 'building', owner: 'dead', key: 'python:1', step: 1, steps: 3 }
    await db('builds').insert({ ...row, ...ended, id: 7 })
    await db('builds').insert({ ...row, ...moving, id: 8 })
    await db('logs').insert({ build: 8, part: 1, phase: 'building', text: 'Step 1\n', bytes: 7 })
    await jobsOfHubs.up(db)
    const [built, underWay] = [await findJob(db, 'image', 7), await findJob(db, 'image', 8)]
    assert.deepEqual([built?.state, built?.imageId, built?.commit, built?.ended], ['built', 'sha256:x', 'c', 9])
    assert.deepEqual([underWay?.state, underWay?.key, underWay?.steps], ['building', 'python:1', 3])
    assert.deepEqual(await readLog(db, 8, 0), [{ part: 1, phase: 'building', text: 'Step 1\n' }])
    assert.equal(await db.schema.hasTable('builds'), false)
    const wanted = { kind: 'image', settings: 's', by: 'operator', insists: false } as const
    assert.equal((await wantJob(db, { ...wanted, name: 'python' })).job.id, 8)
    assert.ok((await wantJob(db, { ...wanted, name: 'other' })).job.id > 8)
    await db.destroy()
  })

  it('does the same to an empty table', async () => {
    const { db, close } = await openDatabase(await makeDatabase())
    const { job } = await wantJob(db, { kind: 'image', name: 'x', settings: 's', by: 'operator', insists: false })
    assert.equal(job.id, 1)
    await close()
  })
})
