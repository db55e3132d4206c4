import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openDatabase } from '../../../hub/db/database.ts'
import { emptySqliteDatabase, onEachEmptyDatabase, onEmptyPostgresql } from '../../helpers/engines/postgresql.ts'
import { lookInto, startTestHub } from '../../helpers/test-hub.ts'

onEmptyPostgresql('the database of several hubs', (makeDatabase) => {
  it('is made once by hubs that start at once', async () => {
    const url = await makeDatabase()
    const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase(url)))
    assert.deepEqual(await opened[0]?.db('knex_migrations').pluck('name'), [
      '0001-first',
      '0002-states',
      '0003-files-of-launches',
      '0004-failures',
      '0005-groups',
      '0006-entries',
      '0007-addresses',
      '0008-maintenance',
      '0009-notebooks-to-make',
      '0010-made-of',
      '0011-homes',
      '0012-bundles',
      '0016-troubles',
      '0017-images',
      '0018-notices',
      '0019-choices',
      '0020-contents',
      '0021-builds',
      '0022-hooks',
      '0023-answers',
      '0024-catalogue',
      '0025-jobs',
      '0026-brought',
      '0027-git-keys',
      '0028-pull-hooks',
      '0029-parts-of-archives',
      '0030-copies',
      '0032-ends',
      '0033-support-codes',
      '0034-unknown-contents',
      '0035-whole-notebooks',
      '0036-swaps',
      '0037-declined',
      '0038-wishes',
      '0039-spares',
      '0041-static-files',
      '0042-previews',
      '0045-wishes-by-server',
      '0044-snapshots',
      '0048-course-images',
      '0049-announcements',
      '0047-image-notebooks',
      '0050-events-of-users',
      '0051-runs',
    ])
    await Promise.all(opened.map(({ close }) => close()))
  })

  it('is found by two at once, beside that of another installation', async () => {
    const url = await makeDatabase()
    await (await openDatabase(url)).close()
    const all = await Promise.all([openDatabase(url), openDatabase(url), openDatabase(await makeDatabase())])
    await Promise.all(all.map(({ close }) => close()))
  })
})

onEachEmptyDatabase('the database', (makeDatabase) => {
  it('is created at the first start and found at the second', async () => {
    const url = await makeDatabase()
    const first = await openDatabase(url)
    await first.db('installation').insert({ only: 1, id: 'x', route_revision: 3 })
    await first.close()
    const second = await openDatabase(url)
    assert.deepEqual(await second.db('installation').pluck('id'), ['x'])
    await second.close()
  })

  it('of a newer version is refused with a message that helps, and stays as it is', async () => {
    const url = await makeDatabase()
    await (await openDatabase(url)).close()
    const db = lookInto(url)
    await db('knex_migrations').insert({ name: '0099-from-the-future', batch: 9, migration_time: new Date() })
    await assert.rejects(openDatabase(url), /written by a newer Carrel.*0099-from-the-future.*Start that version/s)
    await assert.rejects(startTestHub({ database: url }), /newer Carrel/)
    await db('knex_migrations').where({ name: '0099-from-the-future' }).delete()
    await db.destroy()
    await (await openDatabase(url)).close()
  })

  it('opens although a migration lock was left behind', async () => {
    const url = await makeDatabase()
    await (await openDatabase(url)).close()
    const db = lookInto(url)
    await db('knex_migrations_lock').update({ is_locked: 1 })
    await db.destroy()
    await (await openDatabase(url)).close()
  })

  it('keeps values out of error messages', async () => {
    const { db, close } = await openDatabase(await makeDatabase())
    const failed = db('sessions').insert({ hash: 'h', content: 'a-secret-word', nothing: 1 })
    await assert.rejects(failed, (error: Error) => !error.message.includes('a-secret-word'))
    await close()
  })
})

describe('a SQLite file', () => {
  it('is for one hub, and is free again when that hub is killed', async () => {
    const { url, remove } = await emptySqliteDatabase()
    const program = `
      import { openDatabase } from ${JSON.stringify(new URL('../../../hub/db/database.ts', import.meta.url).href)}
      await openDatabase(${JSON.stringify(url)})
      process.stdout.write('open')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await assert.rejects(openDatabase(url), /Another hub is using .*carrel\.sqlite\. Stop it first.*need PostgreSQL/)
    await assert.rejects(startTestHub({ database: url }), /Another hub/)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await openDatabase(url)).close()
    await remove()
  })

  it('is refused to a second hub of this process too', async () => {
    const hub = await startTestHub()
    await assert.rejects(startTestHub({ database: hub.databaseUrl }), /Another hub/)
    assert.equal((await hub.browser().fetch('/health')).status, 200)
    await hub.stop()
  })
})
