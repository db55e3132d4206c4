import assert from 'node:assert/strict'
import { checkDatabase } from '../../doctor/database.ts'
import type { Setup } from '../../doctor/setup.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { beginMaintenance, endMaintenance, installationId } from '../../hub/db/installation.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'

onEachDatabase('carrel doctor, of maintenance', (makeDatabase) => {
  it('says that it goes on, since it may have been forgotten', async () => {
    const databaseUrl = await makeDatabase()
    const { db, close } = await openDatabase(databaseUrl)
    const check = async () =>
      (await checkDatabase({ databaseUrl } as Setup)).filter((one) => one.check === 'maintenance')
    try {
      await installationId(db)
      assert.deepEqual(await check(), [])
      await beginMaintenance(db, 'Back soon.')
      const [found] = await check()
      assert.equal(found?.verdict, 'problem')
      assert.match(
        found?.message ?? '',
        /^goes on since 20\S+Z, and learners open no notebooks\. End it with: carrel maintenance off$/,
      )
      await endMaintenance(db)
      assert.deepEqual(await check(), [])
    } finally {
      await close()
    }
  })
})
