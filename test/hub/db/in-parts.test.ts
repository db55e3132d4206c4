import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import { removeExpired } from '../../../hub/db/expiry.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('rows whose time is over', (makeDatabase) => {
  it('are removed in parts, and no others', async () => {
    const { db, close } = await openDatabase(await makeDatabase())
    try {
      const codes = Array.from({ length: 1700 }, (_, index) => ({ hash: `code-${index}`, expires: 1 }))
      for (let from = 0; from < codes.length; from += 100) await db('codes').insert(codes.slice(from, from + 100))
      await db('codes').insert({ hash: 'living', expires: 2 ** 52 })
      let deletes = 0
      db.on('query', ({ sql }: { sql: string }) => {
        if (/^delete from .codes./.test(sql)) deletes += 1
      })
      await removeExpired(db)
      assert.deepEqual(await db('codes').pluck('hash'), ['living'])
      assert.equal(deletes, 4)
    } finally {
      await close()
    }
  })
})
