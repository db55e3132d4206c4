import assert from 'node:assert/strict'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { prepared } from '../../../hub/db/prepared.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('a prepared query', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
  })
  afterEach(async () => close())

  const add = prepared<[hash: string, expires: number], void>((db, hash, expires) =>
    db('codes').insert({ hash, expires }),
  )

  it('is compiled once, and gets other values at each call', async () => {
    let compiled = 0
    const find = prepared<[hash: string, least: number], { expires: number } | undefined>((db, hash, least) => {
      compiled += 1
      return db('codes').where({ hash }).where('expires', '>', least).first('expires')
    })
    await add(db, 'a', 10)
    await add(db, "b' or 1=1 --", 20)
    assert.equal((await find(db, 'a', 5))?.expires, 10)
    assert.equal((await find(db, "b' or 1=1 --", 5))?.expires, 20)
    assert.equal(await find(db, 'a', 15), undefined)
    assert.equal(compiled, 1)
  })

  it('returns rows, changed rows, and numbers of them, as knex does', async () => {
    const change = prepared<[hash: string, expires: number], number>((db, hash, expires) =>
      db('codes').where({ hash }).update({ expires }),
    )
    const changed = prepared<[hash: string], { expires: number }[]>((db, hash) =>
      db('codes').where({ hash }).update({ expires: 3 }).returning('expires'),
    )
    await add(db, 'a', 1)
    assert.deepEqual([await change(db, 'a', 2), await change(db, 'b', 2)], [1, 0])
    assert.deepEqual([await changed(db, 'a'), await changed(db, 'b')], [[{ expires: 3 }], []])
  })

  it('belongs to the transaction that it is given', async () => {
    const failing = db.transaction(async (trx) => {
      await add(trx, 'a', 1)
      throw new Error('no')
    })
    await assert.rejects(failing, /^Error: no$/)
    assert.deepEqual(await db('codes'), [])
    const trx = await db.transaction()
    await trx.commit()
    await assert.rejects(add(trx, 'a', 1), /already complete/)
  })

  it('gives its connection back when it fails', async () => {
    await add(db, 'a', 1)
    for (let i = 0; i < 20; i += 1) await assert.rejects(add(db, 'a', 1), /unique/i)
    await add(db, 'b', 1)
  })

  it('is heard by those who listen to the database, from its begin to its end', async () => {
    const heard: string[] = []
    const ids = new Set<string>()
    for (const event of ['query', 'query-response', 'query-error']) {
      db.on(event, (...parts: unknown[]) => {
        const { sql, __knexQueryUid: id } = parts[event === 'query' ? 0 : 1] as { sql: string; __knexQueryUid: string }
        if (!sql.startsWith('insert')) return
        heard.push(event)
        ids.add(id)
      })
    }
    await add(db, 'a', 1)
    assert.deepEqual([heard, ids.size], [['query', 'query-response'], 1])
    await assert.rejects(add(db, 'a', 1))
    assert.deepEqual([heard.slice(2), ids.size], [['query', 'query-error'], 2])
    await db.transaction(async (trx) => add(trx, 'b', 1))
    assert.deepEqual([heard.slice(4), ids.size], [['query', 'query-response'], 3])
  })

  it('is heard once also when statements have held the thread for long', async () => {
    const find = prepared<[hash: string], unknown>((db, hash) => db('codes').where({ hash }).first('expires'))
    const heard: string[] = []
    db.on('query', ({ __knexQueryUid }: { __knexQueryUid: string }) => void heard.push(__knexQueryUid))
    // The first query begins the turn of the event loop in which the second finds the thread held.
    const both = [find(db, 'a')]
    for (const began = performance.now(); performance.now() - began < 20; );
    both.push(find(db, 'a'))
    await Promise.all(both)
    assert.deepEqual([heard.length, new Set(heard).size], [2, 2])
  })
})
