import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Knex } from 'knex'
import { openBeside } from '../../../../hub/db/database.ts'
import { prepared } from '../../../../hub/db/prepared.ts'

describe('the driver for SQLite', () => {
  let dir: string
  let file: string
  let db: Knex

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-sqlite-'))
    file = join(dir, 'test.sqlite')
    db = openBeside(`sqlite:${file}`)
    await db.schema.createTable('things', (table) => {
      table.string('name').primary()
      table.integer('count')
      table.boolean('ready')
    })
  })

  afterEach(async () => {
    await db.destroy()
    await rm(dir, { recursive: true })
  })

  it('returns rows, numbers of changed rows, and what a change returns', async () => {
    await db('things').insert({ name: 'a', count: 1, ready: true })
    assert.deepEqual(await db('things').first(), { name: 'a', count: 1, ready: 1 })
    assert.equal(await db('things').where({ name: 'a' }).update({ count: 2 }), 1)
    assert.equal(await db('things').where({ name: 'b' }).update({ count: 2 }), 0)
    const [changed] = await db('things').increment('count', 1).returning('count')
    assert.equal(changed.count, 3)
    assert.equal(await db('things').where({ name: 'a' }).delete(), 1)
    assert.deepEqual(await db('things'), [])
  })

  it('lets a transaction write after it has read, while another connection would write', async () => {
    await db('things').insert({ name: 'a', count: 1 })
    const beside = openBeside(`sqlite:${file}`)
    try {
      const trx = await db.transaction()
      const { count } = await trx('things').first()
      const other = beside('things').insert({ name: 'b', count: 5 }).then()
      await trx('things').update({ count: count + 1 })
      await trx.commit()
      await other
      assert.deepEqual(await db('things').orderBy('name').pluck('count'), [2, 5])
    } finally {
      await beside.destroy()
    }
  })

  it('lowers letters of all languages', async () => {
    await db('things').insert([{ name: 'Émile ΩЖ' }, { name: 'emile' }])
    const find = (text: string) => db('things').whereRaw('lower(name) like ?', [text]).pluck('name')
    assert.deepEqual(await find('émile ωж'), ['Émile ΩЖ'])
    const [{ none, number }] = await db.select(db.raw('lower(null) as none, lower(7) as number'))
    assert.deepEqual([none, number], [null, '7'])
  })

  it('runs a prepared query that reads within the call, unless the connection is taken', async () => {
    const find = prepared<[name: string], { count: number } | undefined>((db, name) =>
      db('things').where({ name }).first('count'),
    )
    await db('things').insert({ name: 'a', count: 1 })
    let answers = 0
    db.on('query-response', () => {
      answers += 1
    })
    const found = find(db, 'a')
    assert.equal(answers, 1)
    assert.equal((await found)?.count, 1)

    const trx = await db.transaction()
    await trx('things').update({ count: 2 })
    const later = find(db, 'a')
    await trx('things').update({ count: 3 })
    await trx.commit()
    assert.equal((await later)?.count, 3)
  })

  it('undoes a transaction that throws', async () => {
    const failing = db.transaction(async (trx) => {
      await trx('things').insert({ name: 'a' })
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    assert.deepEqual(await db('things'), [])
  })

  it('goes on when tables have changed since a statement was compiled', async () => {
    await db('things').insert({ name: 'a' })
    await db('things').first()
    await db.schema.alterTable('things', (table) => table.integer('later'))
    assert.deepEqual(await db('things').first(), { name: 'a', count: null, ready: null, later: null })
  })

  it('lets this thread go on while another connection holds the file', async () => {
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    const waiting = db('things').insert({ name: 'a' })
    // Comes in the same thread, and later than the first try of the statement.
    setImmediate(() => other.exec('commit'))
    await waiting
    other.close()
    assert.equal((await db('things')).length, 1)
  })

  it('opens a file that another process holds for a moment, as a hub does that closes it', async () => {
    const program = `
      const { DatabaseSync } = require('node:sqlite')
      const held = new DatabaseSync(process.argv[1])
      held.exec('pragma locking_mode = exclusive; begin exclusive')
      console.log('held')
      setTimeout(() => held.close(), 300)`
    const other = join(dir, 'other.sqlite')
    const holder = spawn(process.execPath, ['-e', program, other], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(holder, 'exit')
    await once(holder.stdout, 'data')
    const opened = openBeside(`sqlite:${other}`)
    assert.deepEqual(await opened.raw('pragma busy_timeout'), [{ timeout: 0 }])
    await opened.destroy()
    await ended
  })

  it('lets others run during a long row of statements, also within one transaction', async () => {
    const insert = async (to: Knex, from: number) => {
      for (let i = from; i < from + 30_000; i += 1) await to('things').insert({ name: String(i) })
    }
    for (const act of [() => insert(db, 0), () => db.transaction((trx) => insert(trx, 30_000))]) {
      let turns = 0
      let isOver = false
      const count = () => {
        turns += 1
        if (!isOver) setImmediate(count)
      }
      setImmediate(count)
      await act()
      isOver = true
      assert.ok(turns > 5, `${turns} turns`)
    }
  })

  it('says what SQLite says of an error, and of which statement', async () => {
    await db('things').insert({ name: 'a' })
    await assert.rejects(db('things').insert({ name: 'a' }), /insert into `things`.*UNIQUE constraint failed/)
  })
})
