import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DatabaseUrl, openBeside, openDatabase } from '../../../../hub/db/database.ts'
import { type OwnPostgresql, postgresqlPrograms, startOwnPostgresql } from '../../../helpers/engines/own-postgresql.ts'
import { requirePart } from '../../../helpers/require.ts'
import { createHttpBrowser, startTestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'

describe('passwords of PostgreSQL that change while the hub runs', function () {
  this.timeout(300_000)
  let server: OwnPostgresql
  let dir: string
  let passwordFile: string

  before(async function () {
    const programs = await postgresqlPrograms()
    requirePart(this, 'postgresql', programs === undefined ? 'there is no /usr/lib/postgresql' : undefined)
    server = await startOwnPostgresql(programs ?? '')
    dir = await mkdtemp(join(tmpdir(), 'carrel-password-'))
    passwordFile = join(dir, 'password')
  })
  after(async () => {
    await server?.stop()
    if (dir !== undefined) await rm(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await server.root.raw('drop schema public cascade; create schema public; drop role if exists carrel')
    await server.root.raw(`create role carrel login superuser password 'first p@ss:%41'`)
    await writeFile(passwordFile, 'first p@ss:%41\n')
  })

  const change = (password: string) => server.root.raw(`alter role carrel password '${password}'`)
  /** Ends the connections of the hub, so that it needs new ones. */
  const cut = async () => {
    await server.root.raw(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'carrel'`)
    await until(async () => (await server.root('pg_stat_activity').where({ usename: 'carrel' })).length === 0)
  }
  const fromFile = (): DatabaseUrl => ({ url: server.urlOf('carrel'), passwordFile })

  it('leave open connections alone, and new ones read the password anew', async () => {
    const { db, close } = await openDatabase(fromFile())
    try {
      await db.transaction(async (trx) => {
        await trx('hubs').insert({ id: 'old', seen: 1 })
        await change('changed %20@')
        await writeFile(passwordFile, 'changed %20@\n')
        // The transaction has the only open connection, so this needs a new one.
        await db('hubs').insert({ id: 'new', seen: 2 })
      })
      assert.deepEqual(await db('hubs').orderBy('seen').pluck('id'), ['old', 'new'])
    } finally {
      await close()
    }
  })

  it('may come from a function, and the user’s name and host with them', async () => {
    let url = server.urlOf('carrel', 'first p@ss:%41')
    const { db, close } = await openDatabase(async () => `${url}\n`)
    try {
      await server.root.raw(`drop role if exists carrel_2; create role carrel_2 login superuser password 'other'`)
      url = server.urlOf('carrel_2', 'other')
      await cut()
      const { rows } = await db.raw('select current_user as name')
      assert.equal(rows[0].name, 'carrel_2')
    } finally {
      await close()
    }
  })

  it('are waited for a moment where the server has the new one before the file', async () => {
    const { db, close } = await openDatabase(fromFile())
    try {
      await change('changed %20@')
      await cut()
      const refusals = async () => (await readFile(server.log, 'utf8')).split('password authentication failed').length
      const before = await refusals()
      // A query of knex begins with its `then`.
      const answer = db.raw('select current_user as name').then((result) => result)
      await until(async () => (await refusals()) > before)
      await writeFile(passwordFile, 'changed %20@')
      assert.equal((await answer).rows[0].name, 'carrel')
    } finally {
      await close()
    }
  })

  it('are refused with a message that says what to do and no password, and are tried again', async () => {
    const { db, close } = await openDatabase(fromFile())
    try {
      await change('changed %20@')
      await writeFile(passwordFile, 'sesame')
      await cut()
      await assert.rejects(db.raw('select 1'), (error: Error) => {
        assert.match(
          error.message,
          /^PostgreSQL refuses the hub: password authentication failed for user "carrel"\. Correct `database` of the config, or what it reads\.$/,
        )
        assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('sesame'))
        return true
      })
      await writeFile(passwordFile, 'changed %20@')
      await db.raw('select 1')
      await rm(passwordFile)
      await cut()
      await assert.rejects(
        db.raw('select 1'),
        /password of the database cannot be read \(database\.passwordFile\): ENOENT/,
      )
      await writeFile(passwordFile, '\n')
      await assert.rejects(db.raw('select 1'), /password is empty\. It holds the password of the database/)
      await writeFile(passwordFile, 'changed %20@')
      await db.raw('select 1')
    } finally {
      await close()
    }
  })

  const wrong: [string, () => DatabaseUrl, RegExp][] = [
    ['a URL without a password', () => server.urlOf('carrel'), /asks for a password, and there is none/],
    [
      'a URL with a wrong one',
      () => server.urlOf('carrel', 'sesame'),
      /refuses the hub: password authentication failed/,
    ],
    ['a URL that cannot be read', () => 'postgres://carrel:ses[ame@[/x', /URL of the database cannot be read/],
    ['a function that returns none', () => () => 'sesame', /has returned no URL\. It returns one like postgres/],
    [
      'a function that throws',
      () => () => {
        throw new Error('the vault is sealed')
      },
      /function in `database` of the config has failed: the vault is sealed/,
    ],
  ]
  for (const [title, url, message] of wrong) {
    it(`are asked of ${title}, whose error says what is wrong`, async () => {
      const db = openBeside(url())
      try {
        await assert.rejects(db.raw('select 1'), (error: Error) => {
          assert.match(error.message, message)
          assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /sesame|ses\[ame/)
          return true
        })
      } finally {
        await db.destroy()
      }
    })
  }

  it('cost a whole hub nothing: what is open goes on, it says why it waits, and its log has no password', async () => {
    const database = server.urlOf('root', 'root of the tests')
    const hub = await startTestHub({ database, config: { database: fromFile() } })
    try {
      const browser = hub.browser()
      await browser.enter('/tmplogin?course=demo')
      await change('changed %20@')
      await cut()
      const saysWhy = () => hub.log.some((line) => line.includes('refuses the hub: password authentication failed'))
      await until(saysWhy)
      await writeFile(passwordFile, 'changed %20@')
      await until(async () => (await createHttpBrowser(hub.address).fetch('/hub/health')).status === 200)
      // The same session and the same server as before.
      await browser.enter('/tmplogin?course=demo')
      assert.equal((await hub.db('users')).length, 1)
      assert.deepEqual(await hub.db('servers').pluck('run'), [1])
      assert.doesNotMatch(hub.log.join('\n'), /first p@ss|first%20p|changed %20|changed%20/)
    } finally {
      await hub.stop()
    }
  })
})
