import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'
import { counting, lastPull, notebook, openContentWorld, pullEnded } from './content-world.ts'

const files = (text: string) =>
  Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`week${at % 7}/${at}.ipynb`, notebook(`${text} ${at}`)]))

/** Says that a commit counts as a whole: its row, its index and its blobs fit together, and it has come once. */
async function assertWhole({ db }: Pick<KillWorld, 'db'>, commit: string, title: string): Promise<void> {
  const { content, paths } = await counting(db)
  assert.deepEqual([content?.commit, content?.notebooks, paths.length], [commit, 150, 150])
  const rows = await db('notebooks').select('title', 'digest')
  assert.ok(rows.every((row) => row.title.startsWith(`${title} `)))
  const blobs = new Set(await db('blobs').pluck('digest'))
  assert.ok(rows.every(({ digest }) => blobs.has(digest)))
  const told = await db('events').where({ kind: 'content-pulled' }).pluck('detail')
  assert.equal(told.filter((detail) => JSON.parse(detail).commit === commit).length, 1)
}

async function begin(cleanup: ReturnType<typeof cleanupAfterEach>, makeDatabase: () => Promise<string>) {
  const held: { what: ((request: IncomingMessage) => Promise<unknown> | undefined) | undefined } = { what: undefined }
  const answer = async (request: IncomingMessage) => {
    await held.what?.(request)
    return false
  }
  const world = await openContentWorld(cleanup, { answer })
  const first = await world.course.commit(files('First'))
  const killed = await openKillWorld(cleanup, makeDatabase)
  const start = () => startHubProcess(cleanup, killed, world.config)
  const startNext = () => startHubHere(cleanup, killed, world.config)
  return { world, killed, held, first, start, startNext }
}

/** Has the content brought once more, as a change of the repository's address does. */
async function wantAgain({ db }: KillWorld): Promise<void> {
  await db('pulls').update({ settings: 'other' })
}

onEachDatabase('a hub that is killed while it brings the content of a course', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [where, isThere] of [
    ['before it knows the commit', async () => true],
    ['while it fetches', async (killed) => (await lastPull(killed.db))?.commit !== undefined],
  ] as [string, (killed: KillWorld) => Promise<boolean>][]) {
    it(`${where}, leaves it to the next one`, async function () {
      this.timeout(300_000)
      const { world, killed, held, first, start, startNext } = await begin(cleanup, makeDatabase)
      const { promise: reached, resolve } = Promise.withResolvers<void>()
      held.what = async () => {
        if (!(await isThere(killed))) return
        resolve()
        await new Promise(() => undefined)
      }
      const hub = await start()
      await reached
      await kill(hub.child)
      held.what = undefined
      await letHubsDie(killed)
      await startNext()
      assert.equal((await pullEnded(killed)).state, 'pulled')
      await assertWhole(killed, first, 'First')
      assert.equal((await killed.db('jobs')).length, 1)
      assert.ok(world.host.requests.length > 0)
    })
  }

  it('while it reads, at whatever moment, has the commit before count until the next one has brought it', async function () {
    this.timeout(600_000)
    const { world, killed, first, start, startNext } = await begin(cleanup, makeDatabase)
    let hub = await start()
    await pullEnded(killed)
    let commit = first
    for (const [round, states] of [
      ['reading', 'storing', 'pulled'],
      ['storing', 'pulled'],
    ].entries()) {
      const before = commit
      commit = await world.course.commit(files(`Round ${round}`))
      const last = (await lastPull(killed.db))?.id ?? 0
      await wantAgain(killed)
      await until(async () => {
        const now = await lastPull(killed.db)
        return now !== undefined && now.id > last && states.includes(now.state)
      })
      await kill(hub.child)
      const { content, paths } = await counting(killed.db)
      assert.ok([before, commit].includes(content?.commit ?? ''))
      assert.equal(paths.length, 150)
      const titles = await killed.db('notebooks').pluck('title')
      assert.equal(new Set(titles.map((title) => title.replace(/ \d+$/, ''))).size, 1)
      await letHubsDie(killed)
      if (round === 0) hub = await start()
      else await startNext()
      await pullEnded(killed, last)
      await assertWhole(killed, commit, `Round ${round}`)
    }
  })
})

onPostgresql('a hub that is killed in the midst of what makes a commit count', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const table of ['blobs', 'brought', 'notebooks', 'pulls']) {
    it(`as it writes ${table}, leaves nothing of it`, async function () {
      this.timeout(300_000)
      const { world, killed, first, start, startNext } = await begin(cleanup, makeDatabase)
      const hub = await start()
      const { id } = await pullEnded(killed)
      const second = await world.course.commit(files('Second'))
      const lock = await killed.db.transaction()
      await lock.raw(`lock table ${table} in exclusive mode`)
      await wantAgainBeside(killed, table)
      // The hub waits for this lock in PostgreSQL.
      await until(async () => {
        const waiting = await killed
          .db('pg_locks')
          .where({ granted: false })
          .whereRaw(`relation = '${table}'::regclass`)
        return waiting.length > 0
      })
      await kill(hub.child)
      await lock.rollback()
      assert.deepEqual((await counting(killed.db)).commit, first)
      assert.ok((await killed.db('notebooks').pluck('title')).every((title) => title.startsWith('First ')))
      await letHubsDie(killed)
      await startNext()
      await pullEnded(killed, id)
      await until(async () => (await counting(killed.db)).commit === second)
      await assertWhole(killed, second, 'Second')
    })
  }

  /** Asks for a pull; where the lock is on the plan itself, by a row of its own. */
  async function wantAgainBeside(killed: KillWorld, table: string): Promise<void> {
    if (table !== 'pulls') return wantAgain(killed)
    const { settings } = await killed.db('jobs').first('settings')
    const wanted = { kind: 'content', name: 'demo', settings, state: 'waiting', epoch: 0 }
    const other = { fresh: false, insists: true, passes: false, asked_by: 'operator', asked: 1 }
    await killed.db('jobs').insert({ ...wanted, ...other })
  }
})
