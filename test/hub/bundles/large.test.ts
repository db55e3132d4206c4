import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeLostArchives } from '../../../hub/db/bundles/archives.ts'
import { allBundles, putBundle, removeIdleBundle } from '../../../hub/db/bundles/bundles.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { bundles as firstBundles } from '../../../hub/db/migrations/0012-bundles.ts'
import { partsOfArchives } from '../../../hub/db/migrations/later/0029-parts-of-archives.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onEachEmptyDatabase } from '../../helpers/engines/postgresql.ts'
import { lookInto } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill } from '../kill-world.ts'
import { largeEntries } from './large-files.ts'
import { openBundlesAt } from './open.ts'

const signal = new AbortController().signal
const megabyte = 2 ** 20

onEachDatabase('a large bundle', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const folder = async () => {
    const path = await mkdtemp(join(tmpdir(), 'carrel-large-'))
    cleanup.defer(() => rm(path, { recursive: true, force: true }))
    return path
  }
  const open = async (url: string): Promise<Database> => {
    const { db, close } = await openDatabase(url)
    cleanup.defer(close)
    return db
  }
  const partsIn = async (db: Database) => Number((await db('parts').count({ all: '*' }))[0]?.all)
  const archivesIn = async (db: Database) => (await db('archives').select('state')).map(({ state }) => state)
  const letTimePass = (db: Database) => db('archives').update({ written: db.raw('written - 700000') })

  it('goes to the disk and to the database in parts, and from there to the disk of another hub', async () => {
    const db = await open(await makeDatabase())
    const [one, other] = [await openBundlesAt(db, await folder()), await openBundlesAt(db, await folder())]
    const made = await one.make(largeEntries('a', 4, 10 * megabyte), signal)
    assert.deepEqual([made.bytes, made.files, made.hasLinks], [40 * megabyte, 5, true])
    const { path, bytes } = await one.archive(made.digest)
    assert.equal(await partsIn(db), Math.ceil(bytes / megabyte))
    const fetched = await other.archive(made.digest)
    assert.notEqual(fetched.path, path)
    assert.ok((await readFile(fetched.path)).equals(await readFile(path)))
    const source = await other.source(made.digest)
    assert.deepEqual([source.bytes, source.files, source.hasLinks], [made.bytes, 5, true])
  })

  it('is kept once when two hubs make it at once, and goes with all its parts', async () => {
    const db = await open(await makeDatabase())
    const hubs = [await openBundlesAt(db, await folder()), await openBundlesAt(db, await folder())]
    const made = await Promise.all(hubs.map((hub) => hub.make(largeEntries('b', 2, 4 * megabyte), signal)))
    const [{ digest } = { digest: '' }] = made
    assert.deepEqual([...new Set(made.map((one) => one.digest))], await allBundles(db))
    await removeLostArchives(db, 600_000)
    assert.deepEqual([await archivesIn(db), await partsIn(db)], [['whole'], 9])
    await db('bundles').update({ used: db.raw('used - 700000') })
    assert.equal(await removeIdleBundle(db, digest, 600_000), true)
    await removeLostArchives(db, 600_000)
    assert.deepEqual([await archivesIn(db), await partsIn(db)], [[], 0])
  })

  it('that a killed hub has half written is no bundle, and what is left of it goes', async () => {
    const database = await makeDatabase()
    await (await openDatabase(database)).close()
    const dataDir = await folder()
    const child = startProcess(database, dataDir, 'c', 64)
    cleanup.defer(() => kill(child))
    const look = lookInto(database)
    cleanup.defer(() => look.destroy())
    await until(async () => (await partsIn(look)) > 5, 'the first parts')
    await kill(child)

    const { db, close } = await openDatabase(database)
    assert.deepEqual([await allBundles(db), await archivesIn(db)], [[], ['begun']])
    await removeLostArchives(db, 600_000)
    assert.ok((await partsIn(db)) > 5, 'another hub may be writing it')
    await letTimePass(db)
    await removeLostArchives(db, 600_000)
    assert.deepEqual([await archivesIn(db), await partsIn(db)], [[], 0])

    await close()
    const again = startProcess(database, dataDir, 'c', 64)
    cleanup.defer(() => kill(again))
    const [digest] = await once(again.stdout ?? again, 'data')
    assert.deepEqual(await allBundles(look), [String(digest)])
  })

  it('that takes longer than a sweep allows is not taken for whole, and fails where it was written', async () => {
    const db = await open(await makeDatabase())
    const bundle = { digest: 'd'.repeat(64), bytes: 3, files: 1, hasLinks: false }
    async function* slow() {
      yield Buffer.from('one')
      await letTimePass(db)
      await removeLostArchives(db, 600_000)
      yield Buffer.from('two')
    }
    await assert.rejects(putBundle(db, bundle, slow()))
    async function* slower() {
      yield Buffer.from('one')
      await letTimePass(db)
      await removeLostArchives(db, 600_000)
    }
    await assert.rejects(putBundle(db, bundle, slower()), /was removed before it was whole/)
    await removeLostArchives(db, 600_000)
    assert.deepEqual([await allBundles(db), await archivesIn(db), await partsIn(db)], [[], [], 0])
  })

  it('whose content breaks off leaves nothing on the disk and in the database', async () => {
    const db = await open(await makeDatabase())
    const dataDir = await folder()
    const hub = await openBundlesAt(db, dataDir)
    async function* broken() {
      yield* largeEntries('e', 1, megabyte)
      throw new Error('the repository is gone')
    }
    await assert.rejects(hub.make(broken(), signal), /the repository is gone/)
    const ended = new AbortController()
    async function* aborted() {
      yield* largeEntries('e', 1, megabyte)
      ended.abort(new Error('the pull was cancelled'))
      yield* largeEntries('f', 1, megabyte)
    }
    await assert.rejects(hub.make(aborted(), ended.signal), /the pull was cancelled/)
    assert.deepEqual([await readdir(join(dataDir, 'archives')), await archivesIn(db)], [[], []])
  })

  function startProcess(database: string, dataDir: string, seed: string, size: number): ChildProcess {
    const program = join(import.meta.dirname, 'hub-bundles-process.ts')
    return spawn(process.execPath, [program, database, dataDir, seed, String(size)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
})

onEachEmptyDatabase('a bundle of an earlier version', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('is read as it was, in parts', async () => {
    const db = lookInto(await makeDatabase())
    cleanup.defer(() => db.destroy())
    await firstBundles.up(db)
    const contents = [Buffer.alloc(2.5 * megabyte, 'x'), Buffer.from('y'), Buffer.alloc(megabyte, 'z')]
    for (const [at, content] of contents.entries()) {
      const row = { digest: String(at).repeat(64), bytes: 1, files: 1, has_links: false, content, created: 1, used: 1 }
      await db('bundles').insert(row)
    }
    await partsOfArchives.up(db)
    const rows = await db('bundles').orderBy('digest').select('digest', 'archive')
    for (const [at, { archive }] of rows.entries()) {
      const parts = await db('parts').where({ archive }).orderBy('part').select('content')
      assert.ok(Buffer.concat(parts.map(({ content }) => content)).equals(contents[at] ?? Buffer.alloc(0)))
    }
    assert.equal(Number((await db('parts').count({ all: '*' }))[0]?.all), 5)
  })
})
