import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { first } from '../../../hub/db/migrations/0001-first.ts'
import { states } from '../../../hub/db/migrations/0002-states.ts'
import { filesOfLaunches } from '../../../hub/db/migrations/0003-files-of-launches.ts'
import { failures } from '../../../hub/db/migrations/0004-failures.ts'
import { groupsOfUsers } from '../../../hub/db/migrations/0005-groups.ts'
import { entries } from '../../../hub/db/migrations/0006-entries.ts'
import { mailAddresses } from '../../../hub/db/migrations/0007-addresses.ts'
import { maintenance } from '../../../hub/db/migrations/0008-maintenance.ts'
import { notebooksToMake } from '../../../hub/db/migrations/0009-notebooks-to-make.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachEmptyDatabase } from '../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../helpers/fake-proxy.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { createHttpBrowser, lookInto, secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const demo = '/launch/demo'
/** The migrations of the version before runs kept what they are made of. */
const before = [
  first,
  states,
  filesOfLaunches,
  failures,
  groupsOfUsers,
  entries,
  mailAddresses,
  maintenance,
  notebooksToMake,
]

onEachEmptyDatabase('an upgrade from before runs kept what they are made of', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  /** Launches a server, and returns the world with a database of the earlier version that has all its rows. */
  async function earlier() {
    const world = createFakeServers()
    const proxy = await startFakeProxy(secrets.proxyToken)
    cleanup.defer(() => world.close())
    cleanup.defer(() => proxy.stop())
    const old = await startTestHub({ database: await makeDatabase(), world, proxy })
    const { jar, enter } = old.browser()
    const { launch } = await enter(demo)
    const database = await makeDatabase()
    const db = lookInto(database)
    cleanup.defer(() => db.destroy())
    await migrateTo(db, before)
    for (const table of ['installation', 'users', 'sessions', 'servers', 'launches', 'activity', 'turns']) {
      const columns = Object.keys(await db(table).columnInfo())
      const rows = await old.db(table).select(columns)
      if (rows.length > 0) await db(table).insert(rows)
    }
    await old.stop()
    await db('installation').update({ housekeeper: null })
    const upgraded = async () => {
      const hub = await startTestHub({ database, world, proxy })
      cleanup.defer(() => hub.stop())
      const browser = createHttpBrowser(hub.address)
      for (const [name, value] of jar) browser.jar.set(name, value)
      return { hub, browser }
    }
    return { world, proxy, db, launch, upgraded }
  }

  it('leaves servers running, and gives each what it is made of at its next start', async () => {
    const { world, proxy, db, launch, upgraded } = await earlier()
    const { browser } = await upgraded()
    assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
    await browser.enter(demo)
    const { id, made_of, origins, revision } = await db('servers').first('id', 'made_of', 'origins', 'revision')
    assert.deepEqual([made_of, typeof origins, world.made.length], [null, 'string', 1])
    await until(() => [...proxy.routes.values()][0]?.revision === Number(revision), 'the route with its origins')
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await db('servers').first('state')).state === 'stopped')
    await browser.enter(demo)
    assert.equal(typeof (await db('servers').first('made_of')).made_of, 'string')
    assert.deepEqual(world.made, [`carrel-${id}-1`, `carrel-${id}-2`])
  })

  for (const state of ['queued', 'starting'] as const) {
    it(`carries on a server that is ${state}, by the config`, async () => {
      const { world, db, launch, upgraded } = await earlier()
      const run = state === 'queued' ? { run: 2, spec_hash: null } : {}
      const moving = { state, owner: null, deadline: Date.now() + 60_000, epoch: 9, queued: 1, started: null }
      await db('servers').update({ ...moving, ...run })
      const { browser } = await upgraded()
      assert.equal((await browser.follow(launch)).state, 'ready')
      assert.equal(world.made.length, state === 'queued' ? 2 : 1)
      assert.equal((await db('servers').first('made_of')).made_of, null)
    })
  }
})

async function migrateTo(db: Knex, migrations: typeof before): Promise<void> {
  const migrationSource: Knex.MigrationSource<(typeof before)[number]> = {
    getMigrations: async () => migrations,
    getMigrationName: ({ name }) => name,
    getMigration: async (migration) => migration,
  }
  await db.migrate.latest({ migrationSource, disableTransactions: true })
}
