import assert from 'node:assert/strict'
import { checkDatabase } from '../../doctor/database.ts'
import type { Setup } from '../../doctor/setup.ts'
import { noteLimits } from '../../hub/db/cullers.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { renewHub } from '../../hub/db/hubs.ts'
import { installationId } from '../../hub/db/installation.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'

onEachDatabase('carrel doctor, of the culler', (makeDatabase) => {
  it('says that learners are not warned where none tells its limits', async () => {
    const databaseUrl = await makeDatabase()
    const { db, close } = await openDatabase(databaseUrl)
    const found = async () => {
      const all = await checkDatabase({ databaseUrl } as Setup)
      return all.find((one) => one.check === 'culler')?.message.split(',')[0]
    }
    try {
      await installationId(db)
      assert.equal(await found(), undefined, 'no hub is at work')
      await renewHub(db, 'a')
      assert.equal(await found(), undefined, 'the hub has just begun')
      await db('hubs').update({ begun: db.raw('begun - 1000000') })
      assert.equal(await found(), 'none has ever told by what limits it stops servers')
      await noteLimits(db, { idleSeconds: 900, maxAgeSeconds: 0, everySeconds: 300 })
      assert.equal(await found(), undefined)
      await db('cullers').update({ told: db.raw('told - 1000000') })
      assert.match((await found()) ?? '', /^none has told since 20\S+Z by what limits/)
    } finally {
      await close()
    }
  })
})
